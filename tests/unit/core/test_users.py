"""The registry of signed-in users."""

from __future__ import annotations

import pytest

from classchat.core.lookalikes import LookAlikes
from classchat.core.model import User
from classchat.core.users import UserRegistry
from classchat.errors import InvalidName, NameTooSimilar, UsernameTaken
from classchat.names import SERVICES
from tests.tables import each_case
from tests.unit.helpers import user


@pytest.fixture
def users() -> UserRegistry:
    """An empty registry."""
    return UserRegistry(32)


def test_a_user_is_found_in_any_spelling(users: UserRegistry) -> None:
    """A user is found by any spelling, and shown in the first one."""
    alice = users.add(user("Alice"))

    assert alice is users.find("ALICE")
    assert "Alice" == users.find("alice").name


def test_a_user_is_found_in_decomposed_form(users: UserRegistry) -> None:
    """A user is found by the decomposed name, even if that has more code points than the limit."""
    zoe = users.add(user("ë" * 32))

    assert zoe is users.find("E\u0308" * 32)
    assert users.may_be("E\u0308" * 32)


@pytest.mark.parametrize("again", ["Alice", "alice", "ALICE"])
def test_a_name_is_one_users(users: UserRegistry, again: str) -> None:
    """A user's name is taken in any spelling."""
    users.add(user("Alice"))

    with pytest.raises(UsernameTaken):
        users.add(user(again))


@pytest.mark.parametrize("name", ["NickServ", "nickserv", "CHANSERV", "\uff2demoServ", "Global", "authserv"])
def test_no_user_is_a_service(users: UserRegistry, name: str) -> None:
    """The names of services of IRC networks are refused in any spelling, and the refusal says so."""
    with pytest.raises(InvalidName) as caught:
        users.add(user(name))

    assert caught.value.reserved in SERVICES
    assert not users.may_be(name)


@pytest.mark.parametrize("name", ["Nick.Serv", "NíckServ", "NіckServ", "G1obal"])
def test_no_user_looks_like_a_service(users: UserRegistry, name: str) -> None:
    """A name that looks like one of theirs is too similar."""
    with pytest.raises(NameTooSimilar):
        users.add(user(name))


@each_case("name", ["", "two words", "SERVER", "server", "Server", "a" * 33, "\ud800", "x\n"])
def test_no_user_is_called_that(users: UserRegistry, name: str) -> None:
    """An invalid or reserved name is refused, and no one is signed in."""
    with pytest.raises(InvalidName) as caught:
        users.add(user(name))

    assert ("user name", 32) == (caught.value.what, caught.value.longest)
    assert 0 == len(users)


@pytest.mark.parametrize(
    ("name", "in_order"), [("two words", False), ("Davidדוד", True), ("ＳＥＲＶＥＲ", False)]
)
def test_why_no_user_is_called_that(users: UserRegistry, name: str, in_order: bool) -> None:
    """If all characters are allowed, the refusal says what else is wrong."""
    with pytest.raises(InvalidName) as caught:
        users.check(name)

    assert in_order is caught.value.in_order


@pytest.mark.parametrize(("name", "like"), [("Аlice", "Alice"), ("alıce", "Alice"), ("Serνer", "SERVER")])
def test_no_user_looks_like_another(users: UserRegistry, name: str, like: str) -> None:
    """A name similar to one in use or reserved is refused as too similar, not as taken."""
    users.add(user("Alice"))
    with pytest.raises(NameTooSimilar) as caught:
        users.add(user(name))

    assert (name, like, None, 1) == (caught.value.name, caught.value.like, users.find(name), len(users))


def test_a_look_alike_of_who_has_left(users: UserRegistry) -> None:
    """When a user has left, similar names are free."""
    users.remove(users.add(user("Alice")))

    assert "Аlice" == users.add(user("Аlice")).name


def test_names_that_others_have() -> None:
    """An account's name is free to its owner, and similar names are not free to others."""
    in_use = LookAlikes()
    in_use.add("Alice")
    users = UserRegistry(32, in_use)
    users.remove(users.add(user("Alice")))

    with pytest.raises(NameTooSimilar):
        users.check("Аlice")


@pytest.mark.parametrize("name", ["a", "a" * 31, "a" * 32])
def test_names_up_to_the_limit(users: UserRegistry, name: str) -> None:
    """A name of at most the maximum length is accepted."""
    assert name == users.add(user(name)).name


@pytest.mark.parametrize("name", ["Bob", "", "SERVER", "x" * 33, "x" * 60_000])
def test_nobody_of_that_name(users: UserRegistry, name: str) -> None:
    """A user who is not signed in is not found."""
    users.add(user("Alice"))

    assert users.find(name) is None


def test_who_leaves_is_gone_and_the_name_free(users: UserRegistry) -> None:
    """A removed user is not found, and the name may be used in another spelling."""
    users.remove(users.add(user("Alice")))
    found = users.find("Alice")
    newcomer = users.add(user("ALICE"))

    assert (None, [newcomer]) == (found, list(users))


def test_users_are_counted_and_walked(users: UserRegistry) -> None:
    """A registry has a length, and its users can be walked."""
    alice, bob = users.add(user("Alice")), users.add(user("Bob"))

    assert (2, [alice, bob]) == (len(users), list(users))


def test_two_users_of_one_name() -> None:
    """Two users with the same name are different."""
    assert user("Alice") != user("Alice")


class Diary:
    """Writes down who arrives and who leaves."""

    def __init__(self, users: UserRegistry) -> None:
        self.lines: list[str] = []
        self._users = users
        users.onlookers.append(self)

    def arrived(self, user: User) -> None:
        """Write down a user, and how many there are."""
        self.lines.append(f"{user.name} has arrived, {len(self._users)}")

    def left(self, user: User) -> None:
        """Write down a user, and how many are left."""
        self.lines.append(f"{user.name} has left, {len(self._users)}")


def test_onlookers_are_told_of_arrivals_and_departures(users: UserRegistry) -> None:
    """Onlookers are told who arrives and who leaves, and find the registry as it is then."""
    diary = Diary(users)
    alice = users.add(user("Alice"))
    users.admit(user("Bob"))
    users.remove(alice)

    assert ["Alice has arrived, 1", "Bob has arrived, 2", "Alice has left, 1"] == diary.lines
