"""The directory of users, rooms and accounts."""

from __future__ import annotations

import pytest

from classchat.core.directory import Directory
from classchat.core.notices import Outdated
from classchat.errors import UserNotFound
from classchat.limits import Limits
from tests.unit.helpers import user


@pytest.fixture
def directory() -> Directory:
    """Return a directory with Alice, who is signed in, and Carol, who has an account and is not."""
    directory = Directory(Limits())
    directory.users.add(user("Alice"))
    directory.accounts.add(user("Carol").person, 0.0)
    return directory


@pytest.mark.parametrize(("name", "shown"), [("ALICE", "Alice"), ("carol", "Carol")])
def test_a_user_or_the_owner_of_an_account(directory: Directory, name: str, shown: str) -> None:
    """A user who is signed in is found in any spelling, and so is an owner who is away."""
    assert shown == directory.user_or_owner(name).name


def test_neither(directory: Directory) -> None:
    """Any other name is refused."""
    with pytest.raises(UserNotFound):
        directory.user_or_owner("Bob")


def test_a_look_alike_of_an_account(directory: Directory) -> None:
    """The name of an account is in use while its owner is away."""
    assert "Carol" == directory.users.in_use.find("C\u0430rol")


def test_names_that_are_no_longer_valid(directory: Directory) -> None:
    """Stored names that the present rules do not allow are listed for the operator."""
    directory.rooms.restore("a room", 3)

    assert [Outdated("rooms", ("a room",))] == directory.outdated()
