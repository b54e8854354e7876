"""Every number of a treasurer's package, counted again from the raw tables in plain Python.

Nothing of the package is used here: rows are read as they lie and added up one by one. The names
are those of the figures, and "Sheet/Column" for the totals of the sheets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

Row = dict[str, Any]
REACHED = {"pledged", "contributed", "refused", "callback", "do_not_call", "language_barrier"}
KNOWN = {"charge", "charge_failure", "refund", "refund_failure", "dispute", "dispute_reversal",
         "fee", "tax", "payout", "payout_reversal"}  # fmt: skip
PAYOUTS = {"payout", "payout_reversal"}
ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Days:
    """The days of the report."""

    first: date
    last: date

    def day(self, moment: datetime) -> date:
        return moment.astimezone(ZONE).date()

    def holds(self, moment: datetime | date) -> bool:
        day = self.day(moment) if isinstance(moment, datetime) else moment
        return self.first <= day <= self.last

    def until(self, moment: datetime) -> bool:
        return self.day(moment) <= self.last


class Truth:
    """The raw tables, and what they add up to."""

    stripe_charge: list[Row]
    stripe_refund: list[Row]
    stripe_dispute: list[Row]
    stripe_balance_transaction: list[Row]
    stripe_payout: list[Row]
    bank_line: list[Row]
    pledge: list[Row]
    allocation: list[Row]
    call_attempt: list[Row]
    team: list[Row]
    donor: list[Row]
    book_exception: list[Row]
    remedy: list[Row]
    suppression: list[Row]

    def __init__(self, session: Session, days: Days, kind: str) -> None:
        self.days, self.kind = days, kind
        for table in self.__annotations__:
            rows = session.execute(text(f"select * from {table}")).mappings()
            setattr(self, table, [dict(row) for row in rows])
        self.elections = [
            (row.code, row.held_on)
            for row in session.execute(text("select code, held_on from election"))
        ]
        self.invariants = session.execute(
            text("select result from reconciliation where first_day = :a and last_day = :b "
                 "order by id desc limit 1"), {"a": days.first, "b": days.last},
        ).scalar() or {"invariants": []}  # fmt: skip
        self.team_of = {row["id"]: row for row in self.team}
        self.pledge_of = {row["id"]: row for row in self.pledge}
        self.donor_of = {row["id"]: row for row in self.donor}
        self.paid_by: dict[str, list[Row]] = defaultdict(list)
        for row in self.allocation:
            self.paid_by[row["charge_id"]].append(row)
        self.charge_of = {row["id"]: row for row in self.stripe_charge}
        self.whole = [c for c in self.stripe_charge if c["status"] == "succeeded"
                      and c["captured_cents"] > 0 and days.until(c["created_at"])]  # fmt: skip
        self.given = [c for c in self.whole if days.holds(c["created_at"])]
        self.ledger = [b for b in self.stripe_balance_transaction if days.until(b["created_at"])]
        self.moved = [b for b in self.ledger if days.holds(b["created_at"])]
        self.returned = [r for r in self._returns() if days.until(r["at"])]
        self.back = [r for r in self.returned if days.holds(r["at"])]

    def _returns(self) -> Iterable[Row]:
        for refund in self.stripe_refund:
            if refund["status"] not in ("failed", "canceled"):
                yield {"kind": "refund", "charge": refund["charge"], "at": refund["created_at"],
                       "cents": refund["amount_cents"]}  # fmt: skip
        charge_of = {row["id"]: row["charge"] for row in self.stripe_dispute}
        for row in self.stripe_balance_transaction:
            if row["reporting_category"] in ("dispute", "dispute_reversal"):
                yield {"kind": "dispute", "charge": charge_of[row["source"]],
                       "at": row["created_at"], "cents": -row["amount_cents"]}  # fmt: skip
            elif row["reporting_category"] == "charge_failure" and (
                self.charge_of[row["source"]]["status"] == "succeeded"
            ):
                yield {"kind": "failed debit", "charge": row["source"],
                       "at": row["created_at"], "cents": -row["amount_cents"]}  # fmt: skip

    # ------------------------------------------------------------ people and pledges
    def pledge_behind(self, charge: str) -> Row | None:
        """The pledge that the largest part of a payment pays, as far as it is no suggestion."""
        known = [a for a in self.paid_by[charge] if a["tier"] == "confirmed"]
        parts = sorted(known, key=lambda a: (-a["amount_cents"], a["pledge_id"]))
        return self.pledge_of[parts[0]["pledge_id"]] if parts else None

    def team_behind(self, charge: str) -> str | None:
        pledge = self.pledge_behind(charge)
        return self.team_of[pledge["team_id"]]["code"] if pledge and pledge["team_id"] else None

    @staticmethod
    def person(charge: Row) -> tuple[str, str]:
        """Last name and first letter: the invented donors share neither with each other."""
        first, *_, last = charge["payer_name"].lower().split(" ")
        return last, first[:1]

    def giver(self, charge: Row) -> tuple[Any, Any]:
        """The person, and the cycle in which the total is counted."""
        day = self.days.day(charge["created_at"])
        cycle = day > date(2026, 11, 3) if self.kind == "candidate" else day.year
        return self.person(charge), cycle

    def itemised(self) -> list[Row]:
        sums: dict[tuple[Any, Any], int] = defaultdict(int)
        for charge in self.whole:
            sums[self.giver(charge)] += charge["captured_cents"]
        return [c for c in self.given if sums[self.giver(c)] > 20_000]

    def tier(self, charges: Iterable[Row], confirmed: bool) -> int:
        return sum(a["amount_cents"] for c in charges for a in self.paid_by[c["id"]]
                   if (a["tier"] == "confirmed") == confirmed)  # fmt: skip

    # ------------------------------------------------------------ the law
    def election_of(self, day: date) -> str:
        generals = [("G2026", date(2026, 11, 3)), ("G2028", date(2028, 11, 7))]
        later = sorted((on, code) for code, on in {*self.elections, *generals} if on >= day)
        return later[0][1]

    def excess(self) -> list[int]:
        cap = {"candidate": 350_000, "pac": 500_000}.get(self.kind)
        if cap is None:
            return []
        sums: dict[Any, int] = defaultdict(int)
        for charge in self.whole:
            day = self.days.day(charge["created_at"])
            scope = self.election_of(day) if self.kind == "candidate" else day.year
            sums[self.person(charge), scope] += charge["captured_cents"]
        over = {key for key, cents in sums.items() if cents > cap}
        for row in self.returned:
            charge = self.charge_of[row["charge"]]
            day = self.days.day(charge["created_at"])
            scope = self.election_of(day) if self.kind == "candidate" else day.year
            sums[self.person(charge), scope] -= row["cents"]
        for row in self.remedy:
            charge = self.charge_of[row["charge_id"]]
            day = self.days.day(charge["created_at"])
            scope = self.election_of(day) if self.kind == "candidate" else day.year
            if row["decided_on"] <= self.days.last:
                sums[self.person(charge), scope] -= row["amount_cents"]
        return [max(sums[key] - cap, 0) for key in over]

    def best_efforts(self) -> dict[tuple[str, str], int]:
        known = {(d["last_name"].lower(), d["first_name"][:1].lower())
                 for d in self.donor if d["employer"] and d["occupation"]}  # fmt: skip
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for charge in self.itemised():
            if self.person(charge) not in known:
                sums[self.person(charge)] += charge["captured_cents"]
        return sums

    def shared_cards(self) -> list[int]:
        users = defaultdict(set)
        for charge in self.whole:
            users[charge["card_fingerprint"]].add(self.person(charge))
        cards = {card for card, people in users.items() if len(people) >= 3}
        return [sum(c["captured_cents"] for c in self.given if c["card_fingerprint"] == card)
                for card in cards
                if any(c["card_fingerprint"] == card for c in self.given)]  # fmt: skip

    def late_deposits(self) -> list[int]:
        payout_of = {b["id"]: b["payout"] for b in self.stripe_balance_transaction}
        found = []
        for charge in self.given:
            payout = payout_of.get(charge["balance_transaction"])
            booked = [line["booked_on"] for line in self.bank_line
                      if payout and line["payout"] == payout]  # fmt: skip
            waited = (
                min(booked, default=self.days.last) - self.days.day(charge["created_at"])
            ).days
            if waited > 10:
                found.append(charge["captured_cents"])
        return found

    def notices(self) -> list[int]:
        if self.kind != "candidate":
            return []
        held = {on for _, on in self.elections} | {date(2026, 11, 3)}
        return [c["captured_cents"] for c in self.given for on in held
                if c["captured_cents"] >= 100_000
                and 3 <= (on - self.days.day(c["created_at"])).days <= 19]  # fmt: skip

    def calls_against_rules(self) -> int:
        count = 0
        made: dict[int, list[datetime]] = defaultdict(list)
        for call in sorted(self.call_attempt, key=lambda c: c["started_at"]):
            before = made[call["donor_id"]]
            before.append(call["started_at"])
            if not self.days.holds(call["started_at"]):
                continue
            place = ZoneInfo(self.donor_of[call["donor_id"]]["timezone"])
            count += not 8 <= call["started_at"].astimezone(place).hour < 21
            if len(before) > 3 and before[-1] - before[-4] < timedelta(hours=24):
                count += 1
        return count

    # ------------------------------------------------------------ vendors and teams
    def earned(self) -> list[tuple[str, date, int]]:
        """What each hired team earned: team, day, cents."""
        rows = []
        calls: dict[tuple[int, date], int] = defaultdict(int)
        for call in self.call_attempt:
            if self.days.until(call["started_at"]):
                calls[call["team_id"], self.days.day(call["started_at"])] += 1
        for (team_id, day), count in calls.items():
            team = self.team_of[team_id]
            if team["kind"] != "in_house" and team["cost_model"] == "per_call":
                rows.append((team["code"], day, count * team["cost_cents"]))
        settled: dict[tuple[str, date], int] = defaultdict(int)
        by_share = [t["code"] for t in self.team
                    if t["kind"] != "in_house" and t["cost_model"] == "percentage"]  # fmt: skip
        for charge in [c for c in self.whole if self.team_behind(c["id"]) in by_share]:
            for day, cents in self.settled_of(charge):
                settled[str(self.team_behind(charge["id"])), day] += cents
        so_far: dict[str, int] = defaultdict(int)
        for (code, day), cents in sorted(settled.items(), key=lambda item: item[0][1]):
            points = next(t["cost_basis_points"] for t in self.team if t["code"] == code)
            before, so_far[code] = so_far[code], so_far[code] + cents
            shares = [(whole * points + 5_000) // 10_000 for whole in (before, so_far[code])]
            rows.append((code, day, shares[1] - shares[0]))
        return rows

    def settled_of(self, charge: Row) -> Iterable[tuple[date, int]]:
        """What a payment settled of its pledge, and what each return took of that."""
        pledge = self.pledge_behind(charge["id"])
        assert pledge is not None
        now = self.tier([charge], confirmed=True)
        back = [r for r in self.returned if r["charge"] == charge["id"]]
        kept = charge["captured_cents"] - sum(r["cents"] for r in back)
        high = now if now < kept else min(charge["captured_cents"], pledge["amount_cents"])
        high = max(high, now)
        yield self.days.day(charge["created_at"]), high
        there, left = charge["captured_cents"], high
        for row in sorted(back, key=lambda r: r["at"]):
            there -= row["cents"]
            yield self.days.day(row["at"]), min(high, there) - left
            left = min(high, there)

    def debts(self) -> dict[str, tuple[int, int, int]]:
        """Owed before, incurred and owed, for each debt that is shown."""
        earned, shown = self.earned(), {}
        for code in {code for code, _, _ in earned}:
            mine = [(day, cents) for team, day, cents in earned if team == code]
            before = sum(cents for day, cents in mine if day < self.days.first)
            inside = sum(cents for day, cents in mine if day >= self.days.first)
            age = (self.days.last - min(day for day, cents in mine)).days
            closing = before + inside
            if closing and (closing > 50_000 or age >= 60):
                shown[code] = (before, inside, closing)
        return shown

    def of_teams(self, rows: Iterable[Row], key: str, cents: str) -> int:
        return sum(row[cents] for row in rows if self.team_behind(row[key]))

    # ------------------------------------------------------------ payouts and pledges
    def payouts(self) -> list[Row]:
        found = []
        for payout in self.stripe_payout:
            mine = [b for b in self.moved if b["source"] == payout["id"]
                    and b["reporting_category"] in PAYOUTS]  # fmt: skip
            if not mine and not self.days.holds(payout["created_at"]):
                continue
            if not self.days.until(payout["created_at"]):
                continue
            held = [b for b in self.stripe_balance_transaction
                    if b["payout"] == payout["id"] and b["source"] != payout["id"]]  # fmt: skip
            lines = [line for line in self.bank_line if line["payout"] == payout["id"]]
            proven = payout["is_automatic"] and payout["reconciliation_status"] == "completed"
            out = -sum(b["net_cents"] for b in mine)
            bank = sum(line["amount_cents"] for line in lines)
            rows = sum(b["net_cents"] for b in held)
            found.append({
                "amount": payout["amount_cents"], "out": out, "bank": bank, "rows": len(held),
                "net": rows, "under_way": out if not lines else 0,
                "difference": abs(out - bank) if lines else 0,
                "unexplained": abs(payout["amount_cents"] - rows) if proven else 0,
            })  # fmt: skip
        return found

    def pledges(self) -> list[Row]:
        found = []
        for pledge in self.pledge:
            if pledge["pledged_on"] > self.days.last:
                continue
            paid = 0
            for part in self.allocation:
                charged = self.charge_of[part["charge_id"]]["created_at"]
                mine = part["pledge_id"] == pledge["id"] and part["tier"] == "confirmed"
                if mine and self.days.until(charged):
                    paid += part["amount_cents"]
            left = pledge["amount_cents"] - pledge["written_off_cents"] - paid
            late = (self.days.last - (pledge["due_on"] or pledge["pledged_on"])).days
            found.append({
                "new": pledge["pledged_on"] >= self.days.first, "amount": pledge["amount_cents"],
                "paid": paid, "off": pledge["written_off_cents"], "open": max(left, 0),
                "over": max(-left, 0), "late": late,
            })  # fmt: skip
        return found


def _sum(rows: Iterable[Row], key: str) -> int:
    return sum(row[key] for row in rows)


def counted_again(session: Session, days: Days, kind: str) -> dict[str, int]:
    """Return every figure and every total of the package, by its name."""
    truth = Truth(session, days, kind)
    found: dict[str, int] = {}
    for part in (_receipts, _ledger, _payouts, _pledges, _calls, _law, _books):
        found |= part(truth)
    return found


def _receipts(t: Truth) -> dict[str, int]:
    gross = _sum(t.given, "captured_cents")
    confirmed, suggested = t.tier(t.given, True), t.tier(t.given, False)
    fee_of = {b["id"]: b["fee_cents"] for b in t.stripe_balance_transaction}
    charged = sum(fee_of.get(c["balance_transaction"], 0) for c in t.given)
    itemised = 0 if t.kind == "nonprofit" else _sum(t.itemised(), "captured_cents")
    refunds = _sum((r for r in t.back if r["kind"] == "refund"), "cents")
    disputes = _sum((r for r in t.back if r["kind"] != "refund"), "cents")
    fees = sum(b["fee_cents"] - b["amount_cents"] * (b["reporting_category"] in ("fee", "tax"))
               for b in t.moved)  # fmt: skip
    paid = [b for b in t.moved if b["fee_cents"] or b["reporting_category"] in ("fee", "tax")]
    return {
        "receipts.gross": gross, "receipts.count": len(t.given),
        "receipts.on_pledges": confirmed, "receipts.suggested": suggested,
        "receipts.no_pledge": gross - confirmed - suggested,
        "receipts.itemised": itemised,
        "receipts.unitemised": 0 if t.kind == "nonprofit" else gross - itemised,
        "receipts.net": gross - refunds - disputes - fees,
        "returns.refunds": refunds, "returns.disputes": disputes, "fees.total": fees,
        "tieout.pledges": 0,
        "Receipts/Amount": gross, "Receipts/Fee": charged, "Receipts/Net": gross - charged,
        "Receipts/On pledges": confirmed, "Receipts/Suggested": suggested,
        "Receipts/No pledge": gross - confirmed - suggested,
        "Refunds and disputes/Amount": refunds + disputes,
        "Processor fees/Fee": fees, "Processor fees/Rows": len(paid),
        "Redesignated and reattributed/Amount": _sum(
            (r for r in t.remedy if t.days.holds(r["decided_on"])), "amount_cents"),
    }  # fmt: skip


def _ledger(t: Truth) -> dict[str, int]:
    before = [b for b in t.ledger if not t.days.holds(b["created_at"])]

    def side(row: Row) -> bool:
        return row["reporting_category"] in PAYOUTS

    activity = _sum((b for b in t.moved if not side(b)), "net_cents")
    paid_out = _sum((b for b in t.moved if side(b)), "net_cents")
    kinds = ("charge", "charge_failure", "refund", "refund_failure")
    told = _sum((b for b in t.moved if b["reporting_category"] in kinds), "amount_cents")
    refunds = _sum((r for r in t.back if r["kind"] == "refund"), "cents")
    failed = _sum((r for r in t.back if r["kind"] == "failed debit"), "cents")
    timing = told - _sum(t.given, "captured_cents") + refunds + failed
    other = _sum((b for b in t.moved if b["reporting_category"] not in KNOWN), "net_cents")
    opening = _sum(before, "net_cents")
    return {
        "ledger.opening": opening, "ledger.activity": activity, "ledger.payouts": paid_out,
        "ledger.closing": opening + activity + paid_out, "ledger.other": other,
        "ledger.timing": timing, "tieout.ledger": 0,
        "Ledger of the processor/Rows": len(t.moved),
        "Ledger of the processor/Gross": _sum(t.moved, "amount_cents"),
        "Ledger of the processor/Fees": _sum(t.moved, "fee_cents"),
        "Ledger of the processor/Net": _sum(t.moved, "net_cents"),
        "Ledger of the processor/Net before": opening,
        "Timing and failed payments/Amount": timing,
    }  # fmt: skip


def _payouts(t: Truth) -> dict[str, int]:
    rows = t.payouts()
    out, bank = _sum(rows, "out"), _sum(rows, "bank")
    paid_out = _sum((b for b in t.moved if b["reporting_category"] in PAYOUTS), "net_cents")
    apart = (out + paid_out, _sum(rows, "unexplained"), _sum(rows, "difference"))
    return {
        "payouts.made": out, "payouts.under_way": _sum(rows, "under_way"), "payouts.bank": bank,
        "payouts.unexplained": apart[1], "payouts.difference": apart[2],
        "tieout.payouts": apart[0], "tieout.bank": out - _sum(rows, "under_way") - bank,
        "tieout.unexplained": abs(apart[0]) + apart[1] + apart[2],
        "Payouts and bank/Payout": _sum(rows, "amount"),
        "Payouts and bank/Left the ledger": out, "Payouts and bank/Rows": _sum(rows, "rows"),
        "Payouts and bank/Sum of its rows": _sum(rows, "net"),
        "Payouts and bank/Unexplained": apart[1], "Payouts and bank/Bank": bank,
        "Payouts and bank/Difference": apart[2],
    }  # fmt: skip


def _pledges(t: Truth) -> dict[str, int]:
    rows = t.pledges()
    new = [row for row in rows if row["new"]]
    bands = {"not_due": (-10_000, 0), "30": (1, 30), "60": (31, 60), "90": (61, 90),
             "older": (91, 10_000)}  # fmt: skip
    return {
        "pledges.made": _sum(new, "amount"), "pledges.made_count": len(new),
        "pledges.amount": _sum(rows, "amount"), "pledges.paid": _sum(rows, "paid"),
        "pledges.written_off": _sum(rows, "off"), "pledges.open": _sum(rows, "open"),
        "pledges.over": _sum(rows, "over"),
        **{f"pledges.open_{name}": _sum((r for r in rows if low <= r["late"] <= high), "open")
           for name, (low, high) in bands.items()},
        "Pledges/Pledged": _sum(rows, "amount"), "Pledges/Paid": _sum(rows, "paid"),
        "Pledges/Written off": _sum(rows, "off"), "Pledges/Open": _sum(rows, "open"),
        "Pledges/Overpaid": _sum(rows, "over"),
    }  # fmt: skip


def _calls(t: Truth) -> dict[str, int]:
    made = [call for call in t.call_attempt if t.days.holds(call["started_at"])]
    reached = [call for call in made if call["call_result"] in REACHED]
    cost = sum(cents for _, day, cents in t.earned() if t.days.holds(day))
    gross = t.of_teams(t.given, "id", "captured_cents")
    back = t.of_teams(t.back, "charge", "cents")
    new = [p for p in t.pledge if t.days.holds(p["pledged_on"]) and p["team_id"]]
    debts = t.debts().values()
    hired = {team["code"] for team in t.team if team["kind"] != "in_house"}
    through = sum(c["captured_cents"] for c in t.given if t.team_behind(c["id"]) in hired)
    through -= sum(r["cents"] for r in t.back if t.team_behind(r["charge"]) in hired)
    own = {
        "Professional fundraisers/Gross": through, "Professional fundraisers/Fee": cost,
        "Professional fundraisers/Net": through - cost,
    } if t.kind == "nonprofit" else {}  # fmt: skip
    return own | {
        "calls.attempts": len(made), "calls.contacts": len(reached),
        "teams.cost": cost, "teams.settled": gross - back,
        "vendors.owed": sum(closing for *_, closing in debts),
        "Calls/Attempts": len(made), "Calls/Seconds": _sum(made, "duration_seconds"),
        "Teams by settled dollar/Calls": len(made),
        "Teams by settled dollar/Contacts": len(reached),
        "Teams by settled dollar/Pledges": len(new),
        "Teams by settled dollar/Pledged": _sum(new, "amount_cents"),
        "Teams by settled dollar/Received": gross, "Teams by settled dollar/Went back": back,
        "Teams by settled dollar/Settled": gross - back, "Teams by settled dollar/Cost": cost,
        "Teams by settled dollar/Net": gross - back - cost,
        "Vendor costs and debts/Owed before": sum(before for before, *_ in debts),
        "Vendor costs and debts/Incurred": sum(inside for _, inside, _ in debts),
        "Vendor costs and debts/Paid": 0,
        "Vendor costs and debts/Owed": sum(closing for *_, closing in debts),
    }  # fmt: skip


def _law(t: Truth) -> dict[str, int]:
    excess, efforts, cards = t.excess(), t.best_efforts(), t.shared_cards()
    late, notices = t.late_deposits(), t.notices()
    called = {c["team_id"] for c in t.call_attempt if t.days.until(c["started_at"])}
    if t.kind == "nonprofit":
        efforts, cards, late = {}, [], []
    shares = [team for team in t.team if team["cost_model"] == "percentage"
              and team["id"] in called and t.kind != "nonprofit"]  # fmt: skip
    return {
        "excess.count": len([cents for cents in excess if cents]), "excess.amount": sum(excess),
        "best-efforts.count": len(efforts), "sources.count": len(cards), "records.count": 0,
        "deposits.count": len(late), "notices.count": len(notices),
        "contracts.count": len(shares), "calling.count": t.calls_against_rules(),
        "Excessive gifts/Amount": sum(excess), "Best efforts/Amount": sum(efforts.values()),
        "Source risks/Amount": sum(cards), "Record keeping/Amount": 0,
        "Deposits over 10 days/Amount": sum(late), "48-hour notices/Amount": sum(notices),
        "Vendor contracts/Amount": 0,
    }  # fmt: skip


def _books(t: Truth) -> dict[str, int]:
    mine = [e for e in t.book_exception if e["opened_on"] <= t.days.last]
    still = [e for e in mine if e["status"] == "open"]
    proved = [row["status"] for row in t.invariants["invariants"]]
    return {
        "exceptions.count": len(still), "exceptions.amount": _sum(still, "amount_cents"),
        **{f"invariants.{name}": proved.count(name)
           for name in ("held", "broken", "not_provable")},
        "Open exceptions/Amount": _sum(still, "amount_cents"),
        "Manual decisions/Amount": _sum((e for e in mine if e["status"] != "open"), "amount_cents"),
    }  # fmt: skip
