"""What a link tells the client, or bot, that it belongs to."""

from __future__ import annotations

from typing import Protocol

from twisted.python.failure import Failure

from classchat.client.link.protocol import ClientProtocol
from classchat.messages import Success


class LinkListener(Protocol):
    """Whom a link tells what becomes of it: `unreachable`, `refused` or `welcomed`, and last `closed`."""

    def unreachable(self, failure: Failure) -> None:
        """Nobody is there, and that is that."""

    def connected(self, producer: ClientProtocol) -> None:
        """There is a connection, whose reading can be paused."""

    def refused(self, reason: str, code: str | None) -> None:
        """We are not signed in, and that is that; `code` is the server's name for the reason."""

    def welcomed(self, event: Success) -> None:
        """We are signed in for the first time."""

    def locked(self, reason: str, code: str) -> None:
        """There is no signing in without a password: `unlock` goes on, `drop` or `give_up` ends it.

        `code` is one of password_required, wrong_password, and the first time claimed_only (`unlock` may
        claim the name then), already_claimed and unusable_password.
        """

    def displaced(self, reason: str, code: str) -> bool:  # noqa: ARG002
        """The server does not let us back in: return whether to go on is up to the listener, who may `drop`.

        Otherwise it is over.
        """
        return False

    def replaying(self) -> None:
        """Something that was missed comes before the first welcome."""
        return

    def ready(self) -> None:
        """The server may be asked again: look at `full`."""

    def dropped(self) -> None:
        """The connection is lost; we try to come back."""

    def disconnected(self) -> None:
        """There is no connection any more whose reading could be paused."""

    def closed(self, reason: str | None) -> None:
        """It is over; for this reason, if it was not we who left and it is known."""
