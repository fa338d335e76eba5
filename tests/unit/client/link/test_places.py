"""The last known messages: what to ask for, and what is new."""

from __future__ import annotations

from classchat.client.link.places import Places
from classchat.messages import Group, Private, Since, Success


def at(seq: int | None, epoch: str | None = "e1") -> Success:
    """Return the answer to a join."""
    return Success("SERVER", "Alice", "You have joined", seq=seq, epoch=epoch)


def said(seq: int | None, replay: bool = False, room: str = "CS350") -> Group:
    """Return a message in a room."""
    return Group("Bob", room, "x", seq=seq, time="t", replay=replay)


def told(name: str, seq: int, time: str | None, replay: bool = False) -> Private:
    """Return a private message to Alice."""
    return Private(name, "Alice", "x", seq=seq, time=time, replay=replay)


def places() -> Places:
    """Return the places of a user who is signed in at a server with a journal."""
    made = Places()
    made.welcomed("e1")
    return made


def test_since_joining() -> None:
    """After a join everything up to then is known; without a number there is no `since`."""
    alice = places()
    alice.joined("CS350", at(7))
    alice.joined("Old", at(None, None))

    assert (Since("e1", 7), None, None) == (alice.since("cs350"), alice.since("Old"), alice.since("Nowhere"))


def test_since_the_last_message() -> None:
    """Each message counts, in any spelling of its room; one of another room does not."""
    alice = places()
    alice.joined("cs350", at(7))
    alice.is_new(said(8))
    alice.is_new(said(99, room="Other"))

    assert (Since("e1", 8), ["CS350"]) == (alice.since("CS350"), alice.rooms)


def test_only_replays_can_be_known() -> None:
    """A known replay is not new; a live message always is."""
    alice = places()
    alice.joined("CS350", at(7))
    new = [alice.is_new(said(*one)) for one in [(8,), (8, True), (7, True), (9, True), (9,), (3,)]]

    assert [True, False, False, True, True, True] == new


def test_message_without_a_number() -> None:
    """A message without a number, as from SERVER, is always new and changes nothing."""
    alice = places()
    alice.joined("CS350", at(7))
    new = alice.is_new(said(None, True))

    assert (True, Since("e1", 7)) == (new, alice.since("CS350"))


def test_caught_up() -> None:
    """After a catch-up everything of the room counts as known, even if some of it is gone for good."""
    alice = places()
    alice.joined("CS350", at(7))
    alice.rejoined("CS350", at(20))
    alice.is_new(said(15, True))
    before = alice.since("CS350")
    alice.caught_up("CS350", at(20))

    assert (Since("e1", 15), Since("e1", 20)) == (before, alice.since("CS350"))


def test_other_journal() -> None:
    """Numbers of another journal mean nothing here."""
    alice = places()
    alice.joined("CS350", at(7))
    alice.is_new(told("Bob", 5, "t"))
    alice.welcomed("e2")
    alice.rejoined("CS350", at(2, "e2"))

    assert (Since("e2", 2), Since("e2", 0, {}, {"CS350": 2})) == (alice.since("CS350"), alice.since_all())


def test_dialogs() -> None:
    """Each private conversation is named by the other user; without a journal there is no `since`."""
    alice = places()
    alice.is_new(told("Bob", 5, "t"))
    alice.is_new(told("Zoë", 2, "t"))
    alice.is_new(told("bob", 6, "t"))

    assert Since("e1", 0, {"Zoë": 2, "bob": 6}) == alice.since_all()
    assert Places().since_all() is None


def test_new_person_of_an_old_name() -> None:
    """A low number is new if its time is later: a new user has the name now."""
    alice = places()
    alice.is_new(told("Bob", 12, "2026-01-01"))
    new = [
        alice.is_new(told("Bob", 12, "2026-01-01", True)),
        alice.is_new(told("Bob", 1, "2026-01-02", True)),
        alice.is_new(told("Bob", 1, "2026-01-02", True)),
    ]

    assert [False, True, False] == new


def test_replay_without_a_time() -> None:
    """Without a time the number decides, and an unknown sender is always new."""
    alice = places()
    new = [alice.is_new(told("Bob", seq, None, True)) for seq in (1, 1, 2)]

    assert [True, False, True] == new


def test_bound() -> None:
    """Of more than 200 conversations the oldest are forgotten; their replays are still known."""
    alice = places()
    for number in range(300):
        alice.is_new(told(f"Bob{number}", 1, f"{number:04}"))
    since = alice.since_all()
    new = [alice.is_new(told("Bob0", 1, "0000", True)), alice.is_new(told("Bob0", 2, "0300", True))]

    assert since is not None
    assert (200, "Bob100") == (len(since.seqs), next(iter(since.seqs)))
    assert [False, True] == new


def test_a_hostile_server_fills_no_memory() -> None:
    """Of very many rooms the first are remembered; impossible names are not."""
    places = Places("Alice")
    for number in range(12_000):
        places.entered(f"r{number}")
    places.entered("x" * 256)
    places.left("r0")
    places.entered("late")

    assert (10_000, True, False) == (len(places.rooms), places.knows("late"), places.knows("r11000"))
    assert not places.knows("x" * 256)
