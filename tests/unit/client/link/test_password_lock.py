"""The password of a link: when calls wait for it, and how they give it."""

from __future__ import annotations

import pytest

from classchat.client.link.password_lock import PasswordLock
from classchat.messages import Claim, Register

SECRET = "correct horse"  # noqa: S105


def test_an_open_lock() -> None:
    """Without a lock the link may call at once, and signs in as it is."""
    lock = PasswordLock()

    assert lock.may_call().called
    assert lock.signed("Alice", None) is None


def test_a_call_that_waits() -> None:
    """A locked link calls when there is a password."""
    lock = PasswordLock()
    lock.lock()
    waiting = lock.may_call()
    before = waiting.called
    lock.unlock(SECRET, claims=False)
    lock.let_go()

    assert (False, True, False) == (before, waiting.called, lock.is_locked)


@pytest.mark.parametrize("greeting", [None, Register(sender="Alice", token="t")])  # noqa: S106
def test_signing_in(greeting: Register | None) -> None:
    """The password is added to the greeting, or makes one."""
    lock = PasswordLock()
    lock.unlock(SECRET, claims=False)
    signed = lock.signed("Alice", greeting)

    assert isinstance(signed, Register)
    assert ("Alice", SECRET) == (signed.sender, signed.text)
    assert (greeting.token if greeting else None) == signed.token


def test_registering() -> None:
    """With `claims` the call registers the name."""
    lock = PasswordLock()
    lock.unlock(SECRET, claims=True)

    assert Claim(sender="Alice", text=SECRET) == lock.signed("Alice", None)


def test_forgetting() -> None:
    """A forgotten password is not given again."""
    lock = PasswordLock()
    lock.unlock(SECRET, claims=True)
    lock.forget()

    assert lock.signed("Alice", None) is None


def test_a_busy_server() -> None:
    """A busy server gets the same password a few times, but none without a password."""
    lock = PasswordLock()
    without = lock.tries_again()
    lock.unlock(SECRET, claims=False)
    tries = [lock.tries_again() for _ in range(6)]

    assert (False, [True] * 5 + [False], True) == (without, tries, lock.is_busy)
