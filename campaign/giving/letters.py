"""What donors read: the letter with the payment link, and reminders; with what the law asks.

The sentences rest on 11 CFR 110.11 (who paid for it), 11 CFR 104.7 (best efforts) and
26 USC 6113 (not deductible); a charity's gifts may be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape

from campaign.money import format_minor

_CLOSING = (
    "If you have paid already, thank you; please disregard this letter. If you do not want to "
    "hear from us, answer with STOP."
)
_PAPER = (
    "@page{size:letter;margin:1in}body{max-width:6.5in;margin:auto;font:11.5pt/1.5 Georgia,serif;"
    "color:#1f2933}address{margin-bottom:.6in;font-style:normal}p:nth-last-of-type(-n+2)"
    "{font-size:9.5pt;color:#52606d}figure{margin:.3in 0 0}figcaption{font-size:9.5pt}"
)
FEDERAL = ("candidate", "pac", "party")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who asks."""

    name: str
    kind: str
    paid_for_by: str | None
    street: str | None
    city: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for, of whom."""

    first_name: str | None
    amount_cents: int
    currency: str
    pledged_on: date
    due_on: date
    pledge_ref: str
    part: int
    parts: int
    url: str


def notice(sender: Sender) -> str:
    """Return what the law wants said beside every ask; Stripe's page shows it, too."""
    said = [f"Paid for by {sender.paid_for_by or sender.name}."]
    if sender.kind in FEDERAL:
        said.append(
            "Contributions are not deductible for federal income tax purposes. Federal law "
            "requires us to use our best efforts to collect and report the name, mailing address, "
            "occupation and employer of individuals whose contributions exceed $200."
        )
    return " ".join(said)


def subject(sender: Sender, *, is_reminder: bool) -> str:
    """Return the line above a letter."""
    return f"{'A reminder of your' if is_reminder else 'Your'} pledge to {sender.name}"


def letter(sender: Sender, ask: Ask, *, is_reminder: bool) -> str:
    """Return the letter as plain text."""
    amount = format_minor(ask.amount_cents, ask.currency)
    part = f" (part {ask.part} of {ask.parts})" if ask.parts > 1 else ""
    opening = (
        f"Your pledge of {ask.pledged_on:%B %-d, %Y} to {sender.name} is still open"
        if is_reminder
        else f"Thank you for your pledge of {ask.pledged_on:%B %-d, %Y} to {sender.name}"
    )
    lines = [
        f"Dear {ask.first_name or 'friend'},",
        "",
        f"{opening}: {amount}{part}, expected by {ask.due_on:%B %-d, %Y}.",
        "",
        "You can pay it here:",
        ask.url,
        "",
        f"Reference: {ask.pledge_ref}",
        "",
        _CLOSING,
        "",
        notice(sender),
        ", ".join(part for part in (sender.name, sender.street, sender.city) if part),
    ]
    return "\n".join(lines)


def text_message(sender: Sender, ask: Ask) -> str:
    """Return the ask in a text message's length."""
    amount = format_minor(ask.amount_cents, ask.currency)
    return (
        f"{sender.name}: thank you for your pledge of {amount}. Pay here: {ask.url} "
        "Reply STOP to opt out."
    )


def printed(text: str, name_and_place: str, qr_svg: str) -> str:
    """Return the letter as a page to print, with its link as a QR code."""
    paragraphs = "".join(
        f"<p>{'<br>'.join(map(escape, part.splitlines()))}</p>" for part in text.split("\n\n")
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Your pledge</title>'
        f"<style>{_PAPER}</style><body><address>{escape(name_and_place)}</address>{paragraphs}"
        f"<figure>{qr_svg}<figcaption>Your link, to scan with a phone</figcaption></figure>"
        "</body></html>"
    )
