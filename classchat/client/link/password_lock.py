"""The password of a link: calls wait until it is known, and it is forgotten once it was accepted.

open   -> locked   lock(): the server wants a password
locked -> open     unlock(): the next call gives it
"""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed

from classchat.messages import Claim, Register

_MOST_BUSY = 5  # times that a server that is too busy for passwords is asked again


class PasswordLock:
    """A lock that holds calls back while a password is needed, and signs the next one in with it."""

    def __init__(self) -> None:
        """Begin open, without a password."""
        self.is_locked = False
        self._password = ""
        self._claims = False
        self._code: str | None = None
        self._waiting: Deferred[None] | None = None
        self._times_busy = 0

    @property
    def is_busy(self) -> bool:
        """Whether the server was too busy for the password, so that the next call waits a little."""
        return self._times_busy > 0

    def may_call(self) -> Deferred[None]:
        """Return what fires when the link may call: at once, unless a password is needed first."""
        if not self.is_locked:
            return succeed(None)
        self._waiting = Deferred()
        return self._waiting

    def lock(self) -> None:
        """Hold calls back until there is a password."""
        self.is_locked = True
        self.forget()

    def unlock(self, password: str, *, claims: bool, code: str | None = None) -> None:
        """Allow calls: the next one signs in with this password, or registers the name with it.

        A student registers with a join code.
        """
        self._password, self._claims, self._code = password, claims, code
        self.is_locked = False

    def let_go(self) -> None:
        """Release the call that waits."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def forget(self) -> None:
        """Forget the password."""
        self._password, self._claims, self._code, self._times_busy = "", False, None, 0

    def tries_again(self) -> bool:
        """Record that the server is too busy for passwords; return whether to give it the same one again."""
        if not self._password or self._times_busy >= _MOST_BUSY:
            return False
        self._times_busy += 1
        return True

    def signed(self, name: str, greeting: Register | None) -> Register | Claim | None:
        """Return how to sign in: the `greeting` with the password, if there is one."""
        if self._claims:
            return Claim(sender=name, text=self._password, code=self._code)
        if self._password:
            return replace(greeting or Register(sender=name), text=self._password)
        return greeting
