"""Letters with payment links, as the product writes them, for the sandbox's donors to read."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from sandbox import links
from sandbox.world import World


def send_letters(world: World, outbox: Path, count: int, reminder: bool = False) -> None:
    """Make a link and a letter for each of some people, as the product does."""
    outbox.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        person = world.population.person(number)
        ref = {"pledge_ref": f"PL-{number:06d}"}
        price = links.create_price(
            world.account,
            {"currency": "usd", "unit_amount": "10000", "product_data": {"name": "Pledge"}},
        )
        link = links.create_payment_link(
            world.account,
            {
                "line_items": [{"price": price["id"]}],
                "metadata": ref,
                "payment_intent_data": {"metadata": ref},
                "restrictions": {"completed_sessions": {"limit": "1"}},
            },
        )
        letter = EmailMessage()
        letter["To"] = person["email"] or ""
        letter["Subject"] = "Your pledge"
        letter.set_content(
            f"Dear {person['first_name']} {person['last_name']},\n{person['street']}, "
            f"{person['city']}, {person['state']} {person['zip']}\npay here: {link['url']}\n"
        )
        name = f"{number}-reminder.eml" if reminder else f"{number}.eml"
        (outbox / name).write_bytes(bytes(letter))
