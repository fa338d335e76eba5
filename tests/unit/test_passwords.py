"""Passwords: which are allowed, how they are hashed, and that times do not reveal registered names."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from classchat import passwords
from classchat.errors import UnusablePassword
from classchat.passwords import hash_password, usable, verify_password
from tests.tables import each_case

RIGHT = "correct horse"


class CountingHasher(PasswordHasher):
    """A hasher that records its comparisons."""

    def __init__(self) -> None:
        super().__init__()
        self.compared: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        """Remember it, and find that it is not right."""
        self.compared.append(str(hash))
        raise VerifyMismatchError


@pytest.fixture(scope="module")
def kept() -> str:
    """Return the hash of the right password."""
    return hash_password(RIGHT)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> CountingHasher:
    """Return a recorder in front of the library's default hasher."""
    counting = CountingHasher()
    monkeypatch.setattr(passwords, "_hasher", counting)
    return counting


def test_the_right_one_is_known_again(kept: str) -> None:
    """Each hash is a new text, of Argon2id, and matches only the right password."""
    assert Type.ID is extract_parameters(kept).type
    assert kept != hash_password(RIGHT)
    assert (True, False) == (verify_password(kept, RIGHT), verify_password(kept, "another one"))


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("Zoe\u0308 hat es", "Zo\u00eb hat es"),
        ("no break\u00a0here", "no break here"),
    ],
)
def test_another_keyboard(typed: str, other: str) -> None:
    """The same password in other code points is the same: RFC 8265, OpaqueString."""
    assert usable(typed) == usable(other)


@each_case("password", ["", "short", "x" * 257, "a bell\x07 here", "\ud800" * 9, "line\nbreak"])
def test_what_is_no_password(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    """A password that is too short, too long, or has control characters is refused and never matches.

    It is compared with a hash that is quick: test_every_attempt_is_the_same_work has the parameters.
    """
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_NOBODY", quick.hash("another password"))
    with pytest.raises(UnusablePassword):
        hash_password(password)

    assert not verify_password(None, password)


@pytest.mark.parametrize("password", ["wrong password", "short", "", "x" * 10_000, "\ud800"])
@pytest.mark.parametrize("claimed", [True, False])
def test_every_attempt_is_the_same_work(
    hasher: CountingHasher, kept: str, claimed: bool, password: str
) -> None:
    """Every attempt costs one hash with the same parameters, for any name and any password.

    `python -m benchmarks.passwords` measures the times.
    """
    verify_password(kept if claimed else None, password)

    assert [extract_parameters(kept)] == [extract_parameters(one) for one in hasher.compared]


def test_what_is_no_hash_is_nobodys_password() -> None:
    """A damaged hash in the file matches no password."""
    assert not verify_password("plain text", "plain text")
