"""Pages of a shelf, walked forwards and backwards, against the plain sorted list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.shelf import Query, Shelf

MOMENTS = st.lists(st.integers(0, 30), max_size=40)
RANGES = st.dictionaries(st.sampled_from(["gte", "gt", "lt", "lte"]), st.integers(-1, 31))


def shelf_of(moments: list[int]) -> tuple[Shelf, list[str]]:
    """Return a shelf and its ids, the newest first."""
    shelf = Shelf()
    for number, moment in enumerate(moments):
        shelf.add({"id": f"x{number}", "created": moment, "even": number % 2 == 0}, moment)
    order = sorted(range(len(moments)), key=lambda n: (moments[n], n), reverse=True)
    return shelf, [f"x{number}" for number in order]


def allowed(moment: int, limits: dict[str, int]) -> bool:
    tests = {
        "gte": lambda limit: moment >= limit,
        "gt": lambda limit: moment > limit,
        "lt": lambda limit: moment < limit,
        "lte": lambda limit: moment <= limit,
    }
    return all(tests[name](limit) for name, limit in limits.items())


@given(MOMENTS, RANGES, st.integers(1, 7), st.sampled_from([None, True, False]))
def test_walking_the_pages_shows_each_object_once_in_order(
    moments: list[int], limits: dict[str, int], limit: int, even: bool | None
) -> None:
    shelf, newest_first = shelf_of(moments)
    wanted = [
        one
        for one in newest_first
        if allowed(moments[int(one[1:])], limits) and (even is None or shelf[one]["even"] == even)
    ]
    equals = {} if even is None else {"even": even}
    walked: list[str] = []
    has_more, cursor = True, None
    while has_more:
        query = Query(limit, starting_after=cursor, created=limits, equals=equals)
        page, has_more = shelf.page(query)
        assert len(page) <= limit
        walked += [one["id"] for one in page]
        cursor = walked[-1] if walked else None
    assert walked == wanted


@given(MOMENTS.filter(bool), st.integers(1, 7), st.data())
def test_a_page_before_a_cursor_is_what_stands_right_before_it(
    moments: list[int], limit: int, data: st.DataObject
) -> None:
    shelf, newest_first = shelf_of(moments)
    at = data.draw(st.integers(0, len(newest_first) - 1))
    page, has_more = shelf.page(Query(limit, ending_before=newest_first[at]))
    assert [one["id"] for one in page] == newest_first[max(0, at - limit) : at]
    assert has_more == (at > limit)


@given(MOMENTS, st.data())
def test_a_page_among_some_ids_holds_only_those(moments: list[int], data: st.DataObject) -> None:
    shelf, newest_first = shelf_of(moments)
    some = data.draw(st.sets(st.sampled_from(newest_first))) if newest_first else set()
    page, _ = shelf.page(Query(100), among=some)
    assert [one["id"] for one in page] == [one for one in newest_first if one in some]
