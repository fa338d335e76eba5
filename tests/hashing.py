"""Hashing passwords in no time, where the time is not what is tested."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_urlsafe

from argon2 import PasswordHasher

from classchat import passwords


def hash_quickly(change: Callable[[object, str, object], None]) -> None:
    """Give ClassChat a hash function that costs nothing; `change` is `setattr`, or that of `monkeypatch`.

    The real parameters are tested in tests/unit/test_passwords.py. With these, threads that give way to
    everything else would hash for seconds on a busy machine. The hash that no password matches has to be as
    quick: a test of hostile sign-ins compares with it dozens of times.
    """
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    change(passwords, "_hasher", quick)
    change(passwords, "_NOBODY", quick.hash(token_urlsafe()))
