"""The interface by which a link tells its client or bot what happens."""

from __future__ import annotations

from typing import Protocol

from twisted.python.failure import Failure

from classchat.client.link.protocol import ClientProtocol
from classchat.messages import Success


class LinkListener(Protocol):
    """The callbacks of a link: `unreachable`, `refused` or `welcomed`, and `closed` at the end."""

    def unreachable(self, failure: Failure) -> None:
        """End: no server answers."""

    def connected(self, producer: ClientProtocol) -> None:
        """Take a new connection, whose reading can be paused."""

    def refused(self, reason: str, code: str | None) -> None:
        """End: the server refuses this user; `code` is its name for the reason."""

    def welcomed(self, event: Success) -> None:
        """Record that the user is signed in for the first time."""

    def renamed(self, name: str) -> None:
        """Take note that the user has another name, which the server has given."""

    def locked(self, reason: str, code: str) -> None:
        """Take note that a password is needed: `unlock` goes on, `drop` or `give_up` ends the link.

        `code` is one of password_required, wrong_password, and the first time claimed_only (`unlock` may
        register the name then), already_claimed and unusable_password.
        """

    def displaced(self, reason: str, code: str) -> bool:  # noqa: ARG002
        """Return whether the listener goes on although the server does not let this user sign in again.

        Otherwise the link ends.
        """
        return False

    def replaying(self) -> None:
        """Prepare for missed messages, which come before the first welcome."""
        return

    def ready(self) -> None:
        """Send more requests, as long as the link is not `full`."""

    def dropped(self) -> None:
        """Take note that the connection is lost, and that the link reconnects."""

    def disconnected(self) -> None:
        """Forget the connection, whose reading can't be paused any more."""

    def closed(self, reason: str | None) -> None:
        """End: the link is closed, for this reason if it is known and this client has not left."""
