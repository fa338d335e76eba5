"""Watchers: clients with a personal codec in some rooms."""

from __future__ import annotations

from classchat.core.model import Room, User
from classchat.core.watchers import Watchers
from classchat.wire.json_codec import JSON
from tests.unit.core.personal import Words
from tests.unit.helpers import RecordingPeer, person

WORDS = Words()


def member(name: str, *peers: RecordingPeer) -> User:
    """Return a user with some clients."""
    return User(name, person(name), [*peers])


def test_only_personal_clients_watch() -> None:
    """Of a user with several devices only those with a personal codec are told, and each once."""
    one, two, json = RecordingPeer(WORDS), RecordingPeer(WORDS), RecordingPeer(JSON)
    alice, bob, carol = member("Alice", one, two, json), member("Bob", RecordingPeer(JSON)), member("Carol")
    rooms = [Room("A", "#A", {alice, bob, carol}), Room("B", "#B", {alice, bob})]
    watchers = Watchers()
    for user in (alice, bob):
        for peer in user.peers:
            watchers.add(user, peer)

    assert [one, two] == watchers.of(rooms)
    assert [] == watchers.of(rooms, alice)
    assert [] == watchers.of([Room("C", "#C", {bob, carol})])


def test_more_watchers_than_members() -> None:
    """In a small room of a large server only its members are looked at."""
    watchers, peers = Watchers(), [RecordingPeer(WORDS) for _ in range(10)]
    users = [member(f"u{number}", peer) for number, peer in enumerate(peers)]
    for user, peer in zip(users, peers, strict=True):
        watchers.add(user, peer)
    json = member("Json", RecordingPeer(JSON))

    assert {*peers[:2]} == {*watchers.of([Room("A", "#A", {*users[:2], json})])}


def test_a_user_whose_last_personal_client_has_gone() -> None:
    """A user is removed with the last such client, and not before; harmless twice."""
    one, two, json = RecordingPeer(WORDS), RecordingPeer(WORDS), RecordingPeer(JSON)
    alice, watchers = member("Alice", one, two, json), Watchers()
    room = Room("A", "#A", {alice})
    for peer in alice.peers:
        watchers.add(alice, peer)
    told = []
    for peer in (one, two, json):
        alice.peers.remove(peer)
        watchers.remove(alice)
        told.append(watchers.of([room]))

    assert [[two], [], []] == told
