"""The arithmetic of the cover pages of Forms 3 and 3X: each total from its parts.

Names are those of the FEC's layout without `col_a_` and `col_b_`. Belongs here: which line a
kind of money goes to, and which lines add up to which. Does not belong here: where money comes
from, or how a record is written.
"""

from __future__ import annotations

from collections.abc import Mapping

# Schedule line → cover line, for what a book-keeper may carry in from outside.
LINES: Mapping[str, Mapping[str, str]] = {
    "F3": {
        "SA11AI": "individuals_itemized",
        "SA11AII": "individuals_unitemized",
        "SA11B": "political_party_contributions",
        "SA11C": "pac_contributions",
        "SA11D": "candidate_contributions",
        "SA12": "transfers_from_authorized",
        "SA13A": "candidate_loans",
        "SA13B": "other_loans",
        "SA14": "offset_to_operating_expenditures",
        "SA15": "other_receipts",
        "SB17": "operating_expenditures",
        "SB18": "transfers_to_authorized",
        "SB19A": "candidate_loan_repayments",
        "SB19B": "other_loan_repayments",
        "SB20A": "refunds_to_individuals",
        "SB20B": "refunds_to_party_committees",
        "SB20C": "refunds_to_other_committees",
        "SB21": "other_disbursements",
    },
    "F3X": {
        "SA11AI": "individuals_itemized",
        "SA11AII": "individuals_unitemized",
        "SA11B": "political_party_contributions",
        "SA11C": "pac_contributions",
        "SA12": "transfers_from_aff_other_party_cmttees",
        "SA13": "total_loans",
        "SA14": "total_loan_repayments_received",
        "SA15": "offsets_to_expenditures",
        "SA16": "refunds_of_federal_contributions",
        "SA17": "other_federal_receipts",
        "SB21B": "other_federal_operating_expenditures",
        "SB22": "transfers_to_affiliated",
        "SB23": "contributions_to_candidates",
        "SB26": "total_loan_repayments_made",
        "SB27": "loans_made",
        "SB28A": "refunds_to_individuals",
        "SB28B": "refunds_to_party_committees",
        "SB28C": "refunds_to_other_committees",
        "SB29": "other_disbursements",
        "SB30B": "federal_election_activity_all_federal",
    },
}
# What is paid to run the committee, and what is given back to people, is itemised on these.
OPERATING = {"F3": "SB17", "F3X": "SB21B"}
REFUND = {"F3": "SB20A", "F3X": "SB28A"}
INDIVIDUAL = "SA11AI"
OF_CANDIDATE = frozenset({"SA11D", "SA13A", "SB19A"})
LOANS = frozenset({"SA13A", "SA13B", "SA13"})
REPAYMENTS = frozenset({"SB19A", "SB19B", "SB26"})

Sum = tuple[str, tuple[str, ...], tuple[str, ...]]  # total, what is added, what is taken away

_F3: tuple[Sum, ...] = (
    ("individual_contribution_total", ("individuals_itemized", "individuals_unitemized"), ()),
    (
        "total_contributions",
        (
            "individual_contribution_total",
            "political_party_contributions",
            "pac_contributions",
            "candidate_contributions",
        ),
        (),
    ),
    ("total_loans", ("candidate_loans", "other_loans"), ()),
    (
        "total_receipts",
        (
            "total_contributions",
            "transfers_from_authorized",
            "total_loans",
            "offset_to_operating_expenditures",
            "other_receipts",
        ),
        (),
    ),
    ("total_loan_repayments", ("candidate_loan_repayments", "other_loan_repayments"), ()),
    (
        "total_refunds",
        ("refunds_to_individuals", "refunds_to_party_committees", "refunds_to_other_committees"),
        (),
    ),
    (
        "total_disbursements",
        (
            "operating_expenditures",
            "transfers_to_authorized",
            "total_loan_repayments",
            "total_refunds",
            "other_disbursements",
        ),
        (),
    ),
    ("total_contributions_no_loans", ("total_contributions",), ()),
    ("total_contributions_refunds", ("total_refunds",), ()),
    ("net_contributions", ("total_contributions",), ("total_refunds",)),
    ("total_operating_expenditures", ("operating_expenditures",), ()),
    ("total_offset_to_operating_expenditures", ("offset_to_operating_expenditures",), ()),
    (
        "net_operating_expenditures",
        ("operating_expenditures",),
        ("offset_to_operating_expenditures",),
    ),
    ("total_receipts_period", ("total_receipts",), ()),
    ("subtotal", ("cash_on_hand_beginning_period", "total_receipts"), ()),
    ("total_disbursements_period", ("total_disbursements",), ()),
    ("cash_on_hand_close", ("subtotal",), ("total_disbursements",)),
    ("cash_on_hand_close_of_period", ("cash_on_hand_close",), ()),
)
_F3X_DISBURSED = (
    "total_operating_expenditures",
    "transfers_to_affiliated",
    "contributions_to_candidates",
    "independent_expenditures",
    "coordinated_expenditures_by_party_committees",
    "total_loan_repayments_made",
    "loans_made",
    "total_refunds",
    "other_disbursements",
    "federal_election_activity_total",
)
_F3X: tuple[Sum, ...] = (
    ("individual_contribution_total", ("individuals_itemized", "individuals_unitemized"), ()),
    (
        "total_contributions",
        ("individual_contribution_total", "political_party_contributions", "pac_contributions"),
        (),
    ),
    ("total_nonfederal_transfers", ("transfers_from_nonfederal_h3", "levin_funds"), ()),
    (
        "total_federal_receipts",
        (
            "total_contributions",
            "transfers_from_aff_other_party_cmttees",
            "total_loans",
            "total_loan_repayments_received",
            "offsets_to_expenditures",
            "refunds_of_federal_contributions",
            "other_federal_receipts",
        ),
        (),
    ),
    ("total_receipts_recap", ("total_federal_receipts", "total_nonfederal_transfers"), ()),
    ("total_receipts", ("total_receipts_recap",), ()),
    (
        "total_federal_operating_expenditures",
        ("shared_operating_expenditures_federal", "other_federal_operating_expenditures"),
        (),
    ),
    (
        "total_operating_expenditures",
        ("total_federal_operating_expenditures", "shared_operating_expenditures_nonfederal"),
        (),
    ),
    (
        "total_refunds",
        ("refunds_to_individuals", "refunds_to_party_committees", "refunds_to_other_committees"),
        (),
    ),
    (
        "federal_election_activity_total",
        (
            "federal_election_activity_federal_share",
            "federal_election_activity_levin_share",
            "federal_election_activity_all_federal",
        ),
        (),
    ),
    ("total_disbursements_recap", _F3X_DISBURSED, ()),
    ("total_disbursements", ("total_disbursements_recap",), ()),
    (
        "total_federal_disbursements",
        ("total_disbursements_recap",),
        ("shared_operating_expenditures_nonfederal", "federal_election_activity_levin_share"),
    ),
    ("total_contributions_recap", ("total_contributions",), ()),
    ("total_contributions_refunds", ("total_refunds",), ()),
    ("net_contributions", ("total_contributions",), ("total_refunds",)),
    ("total_offsets_to_expenditures", ("offsets_to_expenditures",), ()),
    (
        "net_operating_expenditures",
        ("total_federal_operating_expenditures",),
        ("offsets_to_expenditures",),
    ),
    ("subtotal", ("cash_on_hand_beginning_period", "total_receipts"), ()),
    ("cash_on_hand_close_of_period", ("subtotal",), ("total_disbursements",)),
)
_SUMS = {"F3": _F3, "F3X": _F3X}


def cover_lines(form: str, parts: Mapping[str, int], opening_cents: int) -> dict[str, int]:
    """Return every line of one column: the parts, and all that follows from them.

    >>> lines = cover_lines("F3", {"individuals_itemized": 500, "operating_expenditures": 20}, 100)
    >>> lines["total_receipts"], lines["cash_on_hand_close"]
    (500, 580)
    """
    lines = dict.fromkeys(LINES[form].values(), 0)
    lines |= {"cash_on_hand_beginning_period": opening_cents, **parts}
    for total, added, taken in _SUMS[form]:
        lines[total] = sum(lines.get(name, 0) for name in added) - sum(
            lines.get(name, 0) for name in taken
        )
    return lines
