"""What IRC clients say about their users, and which users were here before."""

from __future__ import annotations

import pytest

from classchat.core.users import UserRegistry
from classchat.irc.profiles import Profiles
from tests.unit.helpers import user


class Time:
    """A time of day that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return it."""
        return self.now


@pytest.fixture
def time() -> Time:
    """Return a time of day."""
    return Time()


@pytest.fixture
def users() -> UserRegistry:
    """Return an empty registry."""
    return UserRegistry(32)


@pytest.fixture
def profiles(users: UserRegistry, time: Time) -> Profiles:
    """Return the profiles of the users of the registry."""
    return Profiles(users, time)


def test_a_user_of_another_client(users: UserRegistry, profiles: Profiles) -> None:
    """A user without an IRC client has the usual username, and the name as real name."""
    profile = profiles.of(users.add(user("Alice")))

    assert ("~user", "Alice", None, None) == (
        profile.username,
        profile.realname,
        profile.since,
        profile.wallops,
    )


@pytest.mark.parametrize(
    ("username", "shown"),
    [
        ("alice", "~alice"),
        ("~alice", "~alice"),
        ("a" * 30, "~" + "a" * 9),
        ("a!b@c d", "~abcd"),
        ("!@", "~user"),
        ("", "~user"),
    ],
)
def test_usernames(users: UserRegistry, profiles: Profiles, username: str, shown: str) -> None:
    """A username is shown with a `~`, at most ten characters of it, and without what ends a mask."""
    alice = users.add(user("Alice"))
    profiles.add(alice, username, "", secure=True)

    assert (shown, "Alice") == (profiles.of(alice).username, profiles.of(alice).realname)


def test_one_client_in_plain_text_makes_a_user_insecure(users: UserRegistry, profiles: Profiles) -> None:
    """A user is shown as secure only if all clients are encrypted."""
    alice = users.add(user("Alice"))
    shown = []
    for secure in (True, False, True):
        profiles.add(alice, "alice", "", secure=secure)
        shown.append(profiles.of(alice).secure)

    assert [True, False, False] == shown


def test_bots(users: UserRegistry, profiles: Profiles) -> None:
    """The names of bots are known until they are bots no longer, or gone."""
    alice, bob = users.add(user("Alice")), users.add(user("Bob"))
    seen = []
    for one, bot in ((alice, True), (bob, True), (bob, False)):
        profiles.mark_bot(one, bot)
        seen.append(set(profiles.bots))
    users.remove(alice)

    assert ([{"Alice"}, {"Alice", "Bob"}, {"Alice"}], set()) == (seen, profiles.bots)


def test_idle(users: UserRegistry, profiles: Profiles, time: Time) -> None:
    """The idle time counts from the last message; it is 0 where it is unknown, or time was set back."""
    alice, bob = users.add(user("Alice")), users.add(user("Bob"))
    profiles.add(alice, "alice", "", secure=True)
    time.now += 30.9
    idle = profiles.idle(alice), profiles.idle(bob)
    time.now = 1.0

    assert (30, 0, 0) == (*idle, profiles.idle(alice))


def test_the_last_users_are_remembered(users: UserRegistry, profiles: Profiles, time: Time) -> None:
    """A user who has left is found by any spelling of the name, the latest first."""
    for realname in ("First", "Second"):
        alice = users.add(user("Alice"))
        profiles.add(alice, "alice", realname, secure=True)
        time.now += 1
        users.remove(alice)

    found = [(one.realname, one.left) for one in profiles.were("alice")]

    assert [("Second", 1_002.0), ("First", 1_001.0)] == found


def test_no_more_than_a_thousand_are_remembered(users: UserRegistry, profiles: Profiles) -> None:
    """The oldest of those who have left are forgotten."""
    for number in range(1_001):
        users.remove(users.add(user(f"user-{number}")))

    assert ([], 1) == (list(profiles.were("user-0")), len(list(profiles.were("user-1"))))


def test_a_renamed_user_keeps_the_profile(users: UserRegistry, profiles: Profiles) -> None:
    """A bot that takes another name is a bot under that name; the old one was here before."""
    alice = users.add(user("Alice"))
    profiles.add(alice, "alice", "", secure=True)
    profiles.mark_bot(alice, True)
    alice.name = "Bob"
    profiles.renamed(alice, "Alice")

    assert ({"Bob"}, ["~alice"]) == (profiles.bots, [one.username for one in profiles.were("alice")])


def test_the_most_users_at_one_time(users: UserRegistry, profiles: Profiles) -> None:
    """The highest number of users stays when they have left."""
    for name in ("Alice", "Bob"):
        users.add(user(name))
    users.remove(users.add(user("Carol")))

    assert (3, 2) == (profiles.most, len(users))
