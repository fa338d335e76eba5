"""Sorted collections of named items."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.core.model import Room
from classchat.core.sorted import Members, Sorted, alphabetical
from tests.unit.helpers import user

NAMES = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["Anna", "anna", "Bob", "bob", "Carol", "Éric", "z"]))
)


def room(name: str) -> Room:
    """Return a room."""
    return Room(name, f"#{name}")


@given(NAMES)
def test_the_order_is_kept(steps: list[tuple[bool, str]]) -> None:
    """After any additions and removals the items are in the order of their names, in any case."""
    ordered: Sorted[Room] = Sorted()
    there: dict[str, Room] = {}
    for present, name in steps:
        if present and name not in there:
            there[name] = room(name)
            ordered.add(there[name])
        elif not present:
            ordered.discard(there.pop(name, room(name)))

    assert sorted(map(alphabetical, there.values())) == list(map(alphabetical, ordered))
    assert set(there.values()) == set(ordered)


def test_many_at_once_are_sorted_once() -> None:
    """Appended items are in their places when the collection is read."""
    ordered: Sorted[Room] = Sorted()
    for name in ("b", "c", "a"):
        ordered.append(room(name))
    ordered.discard(room("x"))

    assert (3, ["a", "b", "c"]) == (len(ordered), [one.name for one in ordered])


def test_members_know_their_order() -> None:
    """A room's members are a set, and in order."""
    anna, bob = user("Anna"), user("bob")
    members = Members({bob})
    members.add(anna)
    members.add(anna)
    both = [one.name for one in members.ordered]
    members.discard(bob)
    members.discard(bob)

    assert (["Anna", "bob"], [anna], {anna}) == (both, list(members.ordered), members)
