"""Which days a report of the FEC covers: from the day after the last report to its own close.

>>> elections = (Election("P2026", date(2026, 6, 2)), Election("G2026", date(2026, 11, 3)))
>>> q3 = coverage("F3", "Q3", 2026, elections)
>>> q3.first_day, q3.last_day, q3.due_on
(datetime.date(2026, 7, 1), datetime.date(2026, 9, 30), datetime.date(2026, 10, 15))
>>> coverage("F3", "30G", 2026, elections).first_day
datetime.date(2026, 10, 15)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from campaign.compliance.limits import Election, cycle_of
from campaign.compliance.rule_tables import ReportPeriod, report_periods
from campaign.errors import InputError, UnknownCodeError

FORMS = ("F3", "F3X")
_ELECTION_KIND = {
    "primary": "P",
    "general": "G",
    "runoff": "R",
    "convention": "C",
    "special": "S",
}
_DAY = timedelta(days=1)
# Years from one election to the next: the election cycle of the office (11 CFR 100.3(b)).
_CYCLE_YEARS = {"S": 6, "P": 4}


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days of one report, and the window that its column B sums up.

    The two end on one day but for a Form 3 after a general election: there column B ends on
    election day, and a supplement (F3S) sums up the days that follow.
    """

    form: str
    code: str
    first_day: date
    last_day: date
    due_on: date
    window_first_day: date
    window_last_day: date
    closes: tuple[date, ...]
    election: Election | None

    @property
    def year(self) -> int:
        """The calendar year of the report."""
        return self.last_day.year


def coverage(
    form: str,
    code: str,
    year: int,
    elections: Sequence[Election],
    office: str | None = None,
    *,
    through: date | None = None,
    filed: Collection[date] = (),
) -> Coverage:
    """Return what the report covers; an InputError names what would be accepted.

    `through` is the last day of a termination report: of no other one may it be chosen. `filed`
    are the closing days of reports around elections that a PAC drew up because it took part.
    """
    if form not in FORMS:
        raise UnknownCodeError("form", form, FORMS)
    known = [row for row in report_periods().values() if form in row.forms]
    report = next((row for row in known if row.code == code), None)
    if report is None:
        raise UnknownCodeError(f"report of form {form}", code, [row.code for row in known])
    if (report.kind == "termination") != (through is not None):
        raise InputError("--through is the last day of a termination report (--report TER).")
    last_day, election = (through, None) if through else _close(report, year, elections)
    # The report after a general election closes the old cycle on election day (Form 3, page 4).
    is_over_cycles = form == "F3" and code == "30G" and election is not None
    window_last_day = election.held_on if election and is_over_cycles else last_day
    window = window_of(form, window_last_day, office)
    ends = _all_closes(form, report, window, last_day, elections, filed)
    before = [day for day in ends if day < last_day]
    first_day = before[-1] + _DAY if before else date(last_day.year, 1, 1)
    if through:  # it may be filed at any time: at the latest, when the next report would be due
        due_on = coverage_on(form, last_day, elections, office).due_on
    else:
        due_on = _due(report, last_day, election)
    return Coverage(
        form=form,
        code=code,
        first_day=first_day,
        last_day=last_day,
        due_on=due_on,
        window_first_day=window,
        window_last_day=window_last_day,
        closes=tuple(day for day in ends if day >= window),
        election=election,
    )


def coverage_on(
    form: str, day: date, elections: Sequence[Election], office: str | None = None
) -> Coverage:
    """Return the report of a quarterly filer that covers the day."""
    codes = [row.code for row in report_periods().values() if _is_quarterly(row, form)]
    found = []
    for code in codes:
        try:
            days = coverage(form, code, day.year, elections, office)
        except InputError:  # that election is not held this year
            continue
        if days.first_day <= day <= days.last_day:
            found.append(days)
    return min(found, key=lambda days: days.last_day)


def _is_quarterly(report: ReportPeriod, form: str) -> bool:
    if form not in report.forms:
        return False
    # A PAC reports before a primary only when it took part: it asks for that report itself.
    return report.kind == "regular" or form == "F3" or "general" in report.kind


def window_of(form: str, day: date, office: str | None = None) -> date:
    """Return where column B starts: the election cycle, or the calendar year of a PAC."""
    if form == "F3X":
        return date(day.year, 1, 1)
    first = cycle_of(day)[0]
    years_back = _CYCLE_YEARS.get(office or "H", 2) - 2
    return cycle_of(first.replace(year=first.year - years_back) + _DAY)[0] if years_back else first


def cycle_starts(
    form: str, first_day: date, last_day: date, office: str | None = None
) -> tuple[date, ...]:
    """Return where the cycles begin that these days lie in: a giver's total starts anew there.

    >>> cycle_starts("F3", date(2026, 10, 15), date(2026, 11, 23), "H")
    (datetime.date(2024, 11, 6), datetime.date(2026, 11, 4))
    """
    found, day = [window_of(form, first_day, office)], first_day
    while True:
        end = date(day.year, 12, 31) if form == "F3X" else cycle_of(day)[1]
        day = end + _DAY
        if day > last_day:
            return tuple(found)
        if window_of(form, day, office) == day:
            found.append(day)


def _close(
    report: ReportPeriod, year: int, elections: Sequence[Election]
) -> tuple[date, Election | None]:
    if report.kind in ("regular", "monthly", "half_year"):
        return month_end(year, int(report.closes[:2])), None
    side, kind = report.kind.split()
    election = _election(kind, report.code, year, elections)
    days = timedelta(days=int(report.closes))
    return election.held_on + (days if side == "after" else -days), election


def _election(kind: str, code: str, year: int, elections: Sequence[Election]) -> Election:
    letter = _ELECTION_KIND[kind]
    found = [e for e in elections if e.code.startswith(letter) and e.held_on.year == year]
    if not found:
        raise InputError(
            f"Report {code} needs the day of the {kind} election of {year}: "
            "name it under [[elections]] of the campaign file."
        )
    return found[0]


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - _DAY


def _due(report: ReportPeriod, last_day: date, election: Election | None) -> date:
    if election is not None:
        days = timedelta(days=int(report.due))
        return election.held_on + (days if report.kind.startswith("after") else -days)
    due = date(last_day.year, int(report.due[:2]), int(report.due[3:]))
    return due if due > last_day else due.replace(year=due.year + 1)


def _all_closes(
    form: str,
    report: ReportPeriod,
    window: date,
    last_day: date,
    elections: Sequence[Election],
    filed: Collection[date],
) -> list[date]:
    """Return the closing days of the filer's reports since the window began, the last one too."""
    monthly = report.kind == "monthly"
    # Who reports monthly does not report before elections (11 CFR 104.5(c)(3)).
    ends = {last_day, window - _DAY, *(filed if not monthly else ())}
    # An election of next January has a report that closes in December.
    for year in range(window.year - 1, last_day.year + 2):
        ends.update(_regular(form, year, monthly, half_yearly=report.kind == "half_year"))
        ends.update(_around_elections(form, year, elections))
    if monthly:  # the reports around a general election stand for those of October and November
        ends -= {
            month_end(e.held_on.year, month)
            for e in elections
            if e.code.startswith("G")
            for month in (10, 11)
            if month_end(e.held_on.year, month) != last_day
        }
    return sorted(day for day in ends if day <= last_day)


def _regular(form: str, year: int, monthly: bool, *, half_yearly: bool) -> Iterable[date]:
    if form == "F3X" and half_yearly:
        return (month_end(year, 6), month_end(year, 12))
    months = range(1, 13) if monthly else (3, 6, 9, 12)
    return (month_end(year, month) for month in months)


def _around_elections(form: str, year: int, elections: Sequence[Election]) -> Iterable[date]:
    for election in elections:
        if election.held_on.year != year:
            continue
        # A PAC reports before a primary only when it took part: 11 CFR 104.5(c)(1)(ii).
        if form == "F3" or election.code.startswith("G"):
            yield election.held_on - timedelta(days=20)
        if _decides_the_seat(election, elections):
            yield election.held_on + timedelta(days=20)


def _decides_the_seat(election: Election, elections: Sequence[Election]) -> bool:
    """Whether a report follows the election: not a primary, nor a primary's runoff."""
    if not election.code.startswith("R"):
        return election.code.startswith(("G", "S"))
    before = [other for other in elections if other.held_on < election.held_on]
    last = max(before, key=lambda other: other.held_on, default=None)
    return last is not None and last.code.startswith(("G", "S"))
