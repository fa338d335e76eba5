"""The accounts of a journal in memory: names with passwords, and the tokens of their owners."""

from __future__ import annotations

from typing import assert_never

from classchat.core.acts import MOST_TOKENS, Enrolling, Issued, NameTaken, Revoked, Secured
from classchat.core.persons import Person, digest
from classchat.core.ports import Calendar
from classchat.journal.memory_roster import MemoryRoster
from classchat.names import user_key

AccountAct = Secured | Issued | Revoked | Enrolling | NameTaken
"""The acts about accounts, and about the students who may register one."""


class MemoryAccounts:
    """Keeps accounts, and the students on the roster."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._secured: dict[str, Secured] = {}
        self._tokens: dict[int, dict[bytes, int]] = {}  # of account owners, with the time of issue
        self.roster = MemoryRoster()

    def find(self, key: str) -> Secured | None:
        """Return the owner and password hash of a registered name, by its key; None for other names."""
        return self._secured.get(key)

    def is_owner(self, person: int) -> bool:
        """Return whether a person owns an account."""
        return person in self._tokens

    def issued(self, person: Person, token: str) -> int | None:
        """Return when an account owner's token was issued, in milliseconds; None if it is not valid."""
        return self._tokens.get(person.number, {}).get(digest(token))

    def apply(self, act: AccountAct) -> bool:
        """Apply an act; return whether it succeeded."""
        match act:
            case Secured():
                return self._secure(act)
            case Issued():
                if act.password not in (None, *(one.password for one in self._secured.values())):
                    return False
                self._issue(self._tokens.setdefault(act.person, {}), act.token)
            case Revoked():
                tokens = self._tokens.get(act.person, {})
                self._tokens[act.person] = {token: tokens[token] for token in tokens if token == act.but}
            case Enrolling():
                return user_key(act.user) not in self._secured and self.roster.add(act)
            case NameTaken():
                return act.key not in self._secured
            case _:
                assert_never(act)
        return True

    def _secure(self, act: Secured) -> bool:
        """Register a name, or change its password; return whether that succeeded."""
        known = self._secured.get(act.key)
        if (None if known is None else known.password) != act.replaces:
            return False
        if act.code is not None and not self.roster.use(act.code, act.key, act.person, act.name):
            return False
        self._secured[act.key] = Secured(act.key, act.name, act.person, act.password)
        self._tokens.setdefault(act.person, {})
        return True

    def _issue(self, tokens: dict[bytes, int], token: bytes) -> None:
        tokens.pop(token, None)
        tokens[token] = int(self._calendar.seconds() * 1000)
        if len(tokens) > MOST_TOKENS:
            del tokens[next(iter(tokens))]
