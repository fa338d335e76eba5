"""Claims that are not stored yet."""

from __future__ import annotations

from classchat.core.model import Room
from classchat.core.pending_claims import PendingClaims
from tests.unit.helpers import user


def test_a_name_is_pending_until_its_claim_ends() -> None:
    """A name can be claimed again only after the claim has ended."""
    claims, alice = PendingClaims(), user("Alice")
    claims.begin(alice)
    pending = alice.person.key in claims
    claims.end(alice)

    assert (True, False) == (pending, alice.person.key in claims)


def test_the_rooms_of_a_user_who_leaves_meanwhile() -> None:
    """The rooms of a user who leaves are remembered if a claim is pending, and only then."""
    claims, alice, bob = PendingClaims(), user("Alice"), user("Bob")
    room = Room("R", "#r")
    claims.begin(alice)
    for one in (alice, bob):
        claims.left(one, [room])

    assert [room] == claims.end(alice)
