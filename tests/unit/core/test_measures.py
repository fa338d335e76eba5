"""What a chat measures once for each batch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.core.measures import Histogram
from tests.unit.helpers import House


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([], [0, 0, 0]),
        ([1], [1, 1, 1]),  # not larger than the first bound
        ([1.5, 5, 5.1], [0, 2, 3]),
    ],
)
def test_values_are_counted_up_to_each_bound(values: list[float], counts: list[int]) -> None:
    """Each bound counts the values that are not larger, and the last number counts all."""
    histogram = Histogram((1, 5))
    for value in values:
        histogram.add(value)

    assert (counts, sum(values)) == (histogram.up_to(), histogram.total)


@given(st.lists(st.integers(0, 100)), st.sets(st.integers(0, 100), min_size=1))
def test_counts_never_fall(values: list[int], bounds: set[int]) -> None:
    """Whatever is added, a larger bound counts no fewer values, and all are counted at the end."""
    histogram = Histogram(sorted(bounds))
    for value in values:
        histogram.add(value)

    assert [sum(value <= bound for value in values) for bound in sorted(bounds)] + [len(values)] == (
        histogram.up_to()
    )


def test_batches_and_deliveries_are_measured() -> None:
    """Two messages of one turn are one batch of two entries, and one write for each of the two members."""
    house = House()
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    measures = house.chat.measures
    batches, entries, writes = measures.batches.up_to()[-1], measures.batches.total, measures.deliveries
    alice.says("CS350", "Hello")
    bob.says("CS350", "Hello")
    house.turn()

    assert (1, 2, 2) == (
        measures.batches.up_to()[-1] - batches,
        measures.batches.total - entries,
        measures.deliveries - writes,
    )


def test_refusals_are_counted_by_their_code() -> None:
    """A request that is refused counts under the code that its client reads."""
    house = House()
    [alice] = house.signs_in("Alice")
    alice.says("Nowhere", "Hello")

    assert {"room_not_found": 1} == house.chat.measures.refusals
    assert ["room_not_found"] == alice.hears_codes()
