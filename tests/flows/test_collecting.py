"""Links, letters and reminders: one each, and none for those who paid, dispute or opted out."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from config.settings import settings
from store.session import unit_of_work
from tests.support.sandbox_books import PERIOD, Books, paid


def letters(kind: str) -> list[Path]:
    return sorted(settings().folder("files", "outbox").glob(f"{kind}-*.eml"))


def test_a_letter_holds_link_reference_and_what_the_law_asks(books: Books) -> None:
    assert books.run("pledges", "links")["links made"] == 2
    first, _ = letters("link")
    message = message_from_bytes(first.read_bytes(), policy=policy.default)
    body = message.get_body()
    assert body is not None
    content = body.get_content()
    assert message["To"] == "pat@example.com"
    assert "F-1" in content
    assert "$100.00" in content
    assert "Paid for by" in content
    assert str(books.control.base_url).split("/_sandbox")[0] in content


def test_who_paid_is_not_reminded_and_the_link_is_closed(books: Books) -> None:
    books.run("pledges", "links")
    books.pay()
    books.days(45)
    books.tie_out()
    counts = books.run("pledges", "remind")
    assert counts["links closed"] == 1
    assert counts["reminders by email"] == 1
    assert [path.name for path in letters("reminder")] == ["reminder-2-1-2.eml"]
    assert "reminders by email" not in books.run("pledges", "remind")


def test_who_opted_out_gets_no_letter(books: Books) -> None:
    with unit_of_work() as session:
        session.execute(
            text(
                "insert into suppression (kind, email, source, since) "
                "values ('opt_out', 'pat@example.com', 'test', now())"
            )
        )
    assert books.run("pledges", "links")["links made"] == 1
    assert [path.name for path in letters("link")] == ["link-2-1-1.eml"]


def test_a_link_may_leave_the_amount_to_the_donor(books: Books) -> None:
    assert books.run("pledges", "links", "--open-amount")["links made"] == 2
    assert books.run("pledges", "links", "--open-amount") == {"links closed": 0, "links made": 0}
    links = [*books.world.account.shelves["payment_link"]]
    (link,) = (link for link in links if link["metadata"] == {"pledge_ref": "F-1"})
    price = books.world.account.line_items[link["id"]][0]["price"]
    assert price["custom_unit_amount"]["preset"] == 10_000
    for cents in (2_500, 7_500):
        charge = books.do("/payments", payment_link=link["id"], amount=cents)
        assert charge["metadata"] == {"pledge_ref": "F-1"}
        books.days(1)
    found = books.tie_out()
    paid = {(row["pledge_ref"], row["amount_cents"], row["tier"]) for row in found["allocations"]}
    assert paid == {("F-1", 2_500, "confirmed"), ("F-1", 7_500, "confirmed")}
    assert books.run("pledges", "remind")["links closed"] == 1
    assert not link["active"]


def _link_of(books: Books, ref: str) -> dict[str, Any]:
    """Return the newest link of a pledge that takes payments."""
    links = [*books.world.account.shelves["payment_link"]]
    own = [link for link in links if link["metadata"] == {"pledge_ref": ref} and link["active"]]
    (link,) = own
    return link


def _letter(path: Path) -> str:
    body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body()
    assert body is not None
    return str(body.get_content())


def test_a_debit_that_failed_gets_another_link_and_none_while_it_is_under_way(
    books: Books,
) -> None:
    books.run("pledges", "links")
    first = _link_of(books, "F-1")
    debit = {"method": "us_bank_account", "debit": "fails"}
    books.do("/payments", payment_link=first["id"], **debit)
    books.run("books", "sync", *PERIOD)
    books.days(1)
    assert books.run("pledges", "remind")["links made"] == 0
    books.days(44)
    books.tie_out()
    assert books.run("pledges", "remind")["links made"] == 1
    second = _link_of(books, "F-1")
    assert second["url"] != first["url"]
    (reminder,) = (path for path in letters("reminder") if path.name.startswith("reminder-1-"))
    assert second["url"] in _letter(reminder)
    assert books.run("pledges", "remind")["links made"] == 0
    books.do("/payments", payment_link=second["id"])
    books.days(1)
    assert ("F-1", 10_000) in paid(books.tie_out())


def test_nobody_is_reminded_while_a_debit_is_under_way(books: Books) -> None:
    books.run("pledges", "links")
    books.days(45)
    debit = {"method": "us_bank_account", "debit": "stays"}
    books.do("/payments", payment_link=_link_of(books, "F-1")["id"], **debit)
    books.run("books", "sync", *PERIOD)
    assert books.run("pledges", "remind")["reminders by email"] == 1
    assert [path.name[:11] for path in letters("reminder")] == ["reminder-2-"]


@pytest.mark.parametrize("end", ["review", "lose", "win"])
def test_who_contests_a_payment_is_not_reminded_of_it(books: Books, end: str) -> None:
    books.run("pledges", "links")
    charge = books.do("/payments", payment_link=_link_of(books, "F-1")["id"])
    books.days(5)
    dispute = books.do("/disputes", charge=charge["id"])
    books.do(f"/disputes/{dispute['id']}/{end}")
    books.days(45)
    books.tie_out()
    assert books.run("pledges", "remind")["reminders by email"] == 1
    assert [path.name[:11] for path in letters("reminder")] == ["reminder-2-"]


def test_a_link_asks_for_what_is_left_when_a_part_came_otherwise(books: Books) -> None:
    books.run("pledges", "links")
    first = _link_of(books, "F-1")
    books.pay(6_000)
    books.days(45)
    books.tie_out()
    assert books.run("pledges", "remind")["links made"] == 1
    second = _link_of(books, "F-1")
    price = books.world.account.line_items[second["id"]][0]["price"]
    assert (price["unit_amount"], first["active"]) == (4_000, False)


def test_who_has_no_address_on_the_net_gets_a_letter_on_paper(books: Books) -> None:
    """A name is a name, whatever signs are in it; the link is printed to be photographed."""
    names = "pledge_ref,first_name,last_name,postal_code,amount,pledged_on\n"
    (books.folder / "paper.csv").write_text(f"{names}F-3,<b>Lou</b>,Li,10003,50.00,2026-09-07\n")
    books.run("pledges", "import", books.folder / "paper.csv")
    assert books.run("pledges", "links")["letters by paper"] == 1
    (letter,) = settings().folder("files", "outbox").glob("link-*.html")
    page = letter.read_text()
    assert "Lou" in page
    assert "<b>" not in page
    assert "<svg" in page
    assert page.endswith("</body></html>")
    assert "$50.00" in page
