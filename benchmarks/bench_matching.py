"""How well payments are matched with pledges, against known truth and four simpler rules.

    python -m benchmarks matching

Baselines: the reference alone; equal e-mail and amount, unique both ways; the reference, then a
name at least 90 percent alike with an equal amount; the reference, then Splink untuned at .99.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from rich.console import Console
from rich.table import Table

from benchmarks.giving_books import as_books
from benchmarks.giving_habits import make_habits
from benchmarks.giving_world import World, make_world
from campaign.books.ledger import Books, kept_cents
from campaign.books.paying import pay
from campaign.giving import payers
from campaign.giving.pledges import ref_key

SEEDS = range(11, 17)  # choices were made on seeds from 101 on
PLEDGES = 3000
SHARES = (0.2, 0.05, 0.0)
HABIT_SHARES = (0.5, 0.1, 0.0)
Pairs = set[tuple[str, str]]
console = Console(width=140)


@dataclass
class Score:
    """Right and wrong pairs, by count and by cents."""

    payments: int = 0
    found: int = 0
    right: int = 0
    truth: int = 0
    found_cents: int = 0
    right_cents: int = 0
    truth_cents: int = 0

    def add(self, pairs: dict[tuple[str, str], int], truth: dict[tuple[str, str], int]) -> None:
        """Count one world."""
        hits = pairs.keys() & truth.keys()
        self.found += len(pairs)
        self.right += len(hits)
        self.truth += len(truth)
        self.found_cents += sum(pairs.values())
        self.right_cents += sum(min(pairs[pair], truth[pair]) for pair in hits)
        self.truth_cents += sum(truth.values())

    def row(self, name: str) -> list[str]:
        """Return a row of the table."""
        return [
            name,
            _with_interval(self.right, self.found),
            _with_interval(self.right, self.truth),
            f"{self.right_cents / max(self.found_cents, 1):.4f}",
            f"{self.right_cents / max(self.truth_cents, 1):.4f}",
        ]


def _with_interval(right: int, total: int) -> str:
    """Return a share with its 95 % interval."""
    if not total:
        return "-"
    low, high = wilson(right, total)
    return f"{right / total:.4f} [{low:.4f}, {high:.4f}]"


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson's)."""
    z, share = 1.96, right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * np.sqrt(share * (1 - share) / total + z * z / (4 * total**2)) / (1 + z * z / total)
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)


def truth_of(world: World) -> dict[tuple[str, str], int]:
    """Return what really paid what and was kept."""
    returned = {str(row["id"]) for row in world.payments if row["returned"]}
    return {(a, b): cents for a, b, cents, _ in world.truth if a not in returned}


def by_reference(books: Books) -> Pairs:
    """Match by the reference alone."""
    known = {ref_key(ref): ref for ref in books.pledges["ref"]}
    charges = books.charges[books.charges["refunded"] == 0]
    keys = charges["pledge_ref"].fillna("").map(ref_key)
    return {(p, known[k]) for p, k in zip(charges["id"], keys, strict=True) if k in known}


def by_email_and_amount(books: Books) -> Pairs:
    """Match equal e-mail and amount, unique both ways."""
    charges = books.charges[books.charges["refunded"] == 0]
    merged = charges.merge(
        books.pledges, left_on=["email", "captured"], right_on=["email", "whole"]
    )
    merged = merged[merged["email"].notna()]
    once = ~merged["id_x"].duplicated(keep=False) & ~merged["ref"].duplicated(keep=False)
    return set(zip(merged["id_x"][once], merged["ref"][once], strict=True))


def by_fuzzy_name(books: Books) -> Pairs:
    """Match by reference, then by a similar name and an equal amount, the best first."""
    pairs = by_reference(books)
    used, paid = {a for a, _ in pairs}, {b for _, b in pairs}
    charges = books.charges[(books.charges["refunded"] == 0) & ~books.charges["id"].isin(used)]
    for cents, group in charges.groupby("captured"):
        same = books.pledges[(books.pledges["whole"] == cents) & ~books.pledges["ref"].isin(paid)]
        if same.empty:
            continue
        names = (same["first_name"] + " " + same["last_name"]).tolist()
        scores = process.cdist(group["name"].fillna("").tolist(), names, scorer=fuzz.ratio)
        for place, (identity, day) in enumerate(zip(group["id"], group["day"], strict=True)):
            best = int(scores[place].argmax())
            ref = same["ref"].iloc[best]
            is_late = day >= same["pledged_day"].iloc[best]
            if scores[place][best] >= 90 and ref not in paid and is_late:
                pairs.add((identity, ref))
                paid.add(ref)
    return pairs


def by_splink(books: Books) -> Pairs:
    """Match by reference, then by Splink with its defaults at a probability of .99."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink import comparison_library as cl

    pairs = by_reference(books)
    used, paid = {a for a, _ in pairs}, {b for _, b in pairs}
    charges = books.charges[(books.charges["refunded"] == 0) & ~books.charges["id"].isin(used)]
    first, last = payers.split_full_names(charges["name"])
    left = pd.DataFrame(
        {"unique_id": charges["id"], "first": first, "last": last, "email": charges["email"],
         "postal": charges["postal_code"], "cents": charges["captured"].astype(str)}
    )  # fmt: skip
    pledges = books.pledges[~books.pledges["ref"].isin(paid)]
    right = pd.DataFrame(
        {"unique_id": pledges["ref"], "first": pledges["first_name"].str.lower(),
         "last": pledges["last_name"].str.lower(), "email": pledges["email"],
         "postal": pledges["postal_code"], "cents": pledges["whole"].astype(str)}
    )  # fmt: skip
    settings = SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=[block_on("email"), block_on("last", "cents")],
        comparisons=[
            cl.NameComparison("first"),
            cl.NameComparison("last"),
            cl.EmailComparison("email"),
            cl.ExactMatch("postal"),
            cl.ExactMatch("cents"),
        ],
    )
    database = DuckDBAPI()
    tables = [
        database.register(table, table_name=name)
        for name, table in (("payments", left), ("pledges", right))
    ]
    linker = Linker(tables, settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("email"), block_on("postal")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.99).as_pandas_dataframe()
    found = found.sort_values(["match_probability", "unique_id_l"], ascending=False)
    seen: set[str] = set()
    for one, two in zip(found["unique_id_l"], found["unique_id_r"], strict=True):
        payment, ref = (one, two) if str(one).startswith("ch_") else (two, one)
        if payment not in seen and ref not in paid:
            pairs.add((payment, ref))
            seen.add(payment)
            paid.add(ref)
    return pairs


BASELINES: dict[str, Callable[[Books], Pairs]] = {
    "reference only": by_reference,
    "e-mail + amount": by_email_and_amount,
    "reference, fuzzy name": by_fuzzy_name,
    "reference, Splink .99": by_splink,
}


def main() -> None:
    """Print the tables."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    scores = {name: Score() for name in [*BASELINES, "confirmed", "with suggestions"]}
    kinds: dict[tuple[str, str], Score] = {}
    listings, seconds = [], 0.0
    for seed in SEEDS:
        world = make_world(PLEDGES, seed)
        books, truth = as_books(world), truth_of(world)
        cents = dict(zip(books.charges["id"], books.charges["captured"], strict=True))
        for name, rule in BASELINES.items():
            scores[name].add({pair: cents[pair[0]] for pair in rule(books)}, truth)
        started = time.perf_counter()
        found = pay(books, kept_cents(books)).listing
        seconds += time.perf_counter() - started
        _check_room(found, books)
        sums = dict(
            zip(zip(found["payment_id"], found["pledge_ref"], strict=True), found["cents"],
                strict=True)
        )  # fmt: skip
        sure = set(found.index[found["tier"] == "confirmed"])
        confirmed = {pair: c for place, (pair, c) in enumerate(sums.items()) if place in sure}
        scores["confirmed"].add(confirmed, truth)
        scores["with suggestions"].add(sums, truth)
        for kind, payments in phenomena(world).items():
            for tier, pairs in (("confirmed", confirmed), ("with suggestions", sums)):
                score = kinds.setdefault((kind, tier), Score())
                score.payments += len(payments)
                score.add(_of(payments, pairs), _of(payments, truth))
        listings.append(found.assign(is_right=[pair in truth for pair in sums]))
    _print_scores(scores, seconds)
    _print_kinds(kinds)
    _print_calibration(pd.concat(listings))
    _print_shares("Where fewer payments carry a reference", make_world, SHARES)
    _print_shares("A world of other habits", make_habits, HABIT_SHARES)


def _check_room(found: pd.DataFrame, books: Books) -> None:
    paid = found.groupby("pledge_ref")["cents"].sum()
    room = books.pledges.set_index("ref")["whole"]
    used = found.groupby("payment_id")["cents"].sum()
    brought = books.charges.set_index("id")["captured"]
    if (paid > room.loc[paid.index]).any() or (used > brought.loc[used.index]).any():
        raise SystemExit("A pledge or a payment is over-allocated.")


def _print_scores(scores: dict[str, Score], seconds: float) -> None:
    table = Table(title=f"{len(SEEDS)} worlds of {PLEDGES} pledges; ours took {seconds:.1f} s")
    for column in ("rule", "precision", "recall", "precision, cents", "recall, cents"):
        table.add_column(column)
    for name, score in scores.items():
        table.add_row(*score.row(name))
    console.print(table)


def phenomena(world: World) -> dict[str, set[str]]:
    """Return the payments of each phenomenon; one payment may show several."""
    found: dict[str, set[str]] = {}
    for payment, _, _, kind in world.truth:
        found.setdefault(kind, set()).add(payment)
    for payment, traits in world.traits.items():
        for trait in traits:
            found.setdefault(trait, set()).add(payment)
    return found


def _of(payments: set[str], pairs: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {pair: cents for pair, cents in pairs.items() if pair[0] in payments}


def _print_kinds(kinds: dict[tuple[str, str], Score]) -> None:
    for tier in ("confirmed", "with suggestions"):
        table = Table(title=f"By phenomenon: {tier}")
        for column in ("phenomenon", "precision", "recall", "precision, cents", "recall, cents",
                       "payments", "matched"):  # fmt: skip
            table.add_column(column)
        own = {kind: score for (kind, each), score in kinds.items() if each == tier}
        for kind, score in sorted(own.items(), key=lambda item: -item[1].payments):
            table.add_row(*score.row(kind), f"{score.payments:,}", f"{score.found:,}")
        console.print(table)


def _print_calibration(found: pd.DataFrame) -> None:
    """Tell by tenths of the pairs how often a stated confidence was right, and draw it."""
    matched = found[~found["reason"].str.startswith("the payment carries")]
    tenth = pd.qcut(matched["confidence"].rank(method="first"), 10, labels=False)
    table = Table(title="Calibration of what no reference proves, by tenths of the pairs")
    for column in ("tenth", "stated", "pairs", "mean", "right", ""):
        table.add_column(column)
    points = []
    for number, group in matched.groupby(tenth):
        mean, right = float(group["confidence"].mean()), int(group["is_right"].sum())
        points.append((mean, right, len(group)))
        table.add_row(
            str(int(str(number)) + 1),
            f"{group['confidence'].min():.3f}-{group['confidence'].max():.3f}",
            str(len(group)), f"{mean:.3f}", _with_interval(right, len(group)),
            "█" * round(right / len(group) * 40),
        )  # fmt: skip
    console.print(table)
    path = (
        Path(os.environ.get("PLEDGELINE_BENCH_OUT", tempfile.gettempdir()))
        / "matching-calibration.svg"
    )
    path.write_text(calibration_chart(points), encoding="utf-8")
    console.print(f"The chart: {path}")


def calibration_chart(points: list[tuple[float, int, int]]) -> str:
    """Return a chart of stated confidence against the share that was right, with 95 % intervals."""
    side, edge = 400, 40

    def at(stated: float, right: float) -> tuple[float, float]:
        return edge + stated * side, edge + (1 - right) * side

    marks = []
    for mean, right, count in points:
        low, high = wilson(right, count)
        (x, top), (_, bottom) = at(mean, high), at(mean, low)
        _, y = at(mean, right / count)
        marks.append(
            f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="#356"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#356"/>'
        )
    whole = side + 2 * edge
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" '
        'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
        f'<path d="M{edge} {edge}V{edge + side}H{edge + side}" fill="none" stroke="#333"/>'
        f'<path d="M{edge} {edge + side}L{edge + side} {edge}" stroke="#bbb"/>{"".join(marks)}'
        f'<text x="{edge}" y="{whole - 10}">stated confidence, 0 to 1: by tenths of pairs</text>'
        f'<text x="{edge}" y="{edge - 14}">share that was right, with 95 % intervals</text></svg>'
    )


def _print_shares(title: str, make: Callable[..., World], shares: Iterable[float]) -> None:
    """Tell what becomes of it where fewer payments carry a reference."""
    table = Table(title=title)
    for column in ("carry one", "confirmed: precision", "recall", "with suggestions: precision",
                   "recall"):  # fmt: skip
        table.add_column(column)
    for share in shares:
        sure, every = Score(), Score()
        for seed in SEEDS:
            world = make(PLEDGES, seed, reference_share=share)
            books, truth = as_books(world), truth_of(world)
            found = pay(books, kept_cents(books)).listing
            for score, rows in ((sure, found[found["tier"] == "confirmed"]), (every, found)):
                names = zip(rows["payment_id"], rows["pledge_ref"], strict=True)
                score.add(dict(zip(names, rows["cents"], strict=True)), truth)
        table.add_row(f"{share:.0%}", *sure.row("")[1:3], *every.row("")[1:3])
    console.print(table)


if __name__ == "__main__":
    main()
