"""The laws of windows: whatever the density, every record is fetched, and each gap is found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from campaign.books.windows import PAGE, Window, gaps, rest_of

MOMENTS = st.lists(st.integers(0, 400), max_size=900)


@given(moments=MOMENTS, ignores=st.booleans())
def test_every_record_is_fetched_and_it_ends(moments: list[int], ignores: bool) -> None:
    records = sorted(((at, f"id{n:04d}") for n, at in enumerate(moments)), reverse=True)
    place = {identity: n for n, (_, identity) in enumerate(records)}
    seen: set[str] = set()
    waiting = [Window("charge", 0, 400)]
    asked = 0
    while waiting:
        window = waiting.pop()
        asked += 1
        assert asked < 500
        start = place[window.after] + 1 if window.after else 0
        listed = [
            record
            for record in records[start:]
            if ignores or window.first <= record[0] <= window.last
        ]
        page = listed[:PAGE]
        seen |= {identity for _, identity in page}
        if len(listed) > PAGE:
            waiting += rest_of(window, page)
    assert seen == set(place)


@given(
    done=st.lists(st.tuples(st.integers(0, 100), st.integers(0, 20)), max_size=8),
    first=st.integers(0, 50),
    length=st.integers(0, 60),
)
def test_gaps_and_what_is_done_make_the_whole(
    done: list[tuple[int, int]], first: int, length: int
) -> None:
    stretches = [(start, start + size) for start, size in done]
    window = Window("charge", first, first + length)
    left = {second for gap in gaps(window, stretches) for second in range(gap.first, gap.last + 1)}
    covered = {second for start, end in stretches for second in range(start, end + 1)}
    assert left == set(range(window.first, window.last + 1)) - covered
