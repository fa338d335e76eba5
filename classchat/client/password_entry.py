"""The password of a name at sign-in: asks a person for it, and sends what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from classchat.client import password_prompts
from classchat.client.destination import Destination
from classchat.client.password_dialog import PasswordDialog


class Door(Protocol):
    """The part of the client that a password opens."""

    def unlock(self, password: str) -> None:
        """Send a password over the connection, if there still is one."""

    def connect(self, password: str = "") -> None:
        """Call the server; with a `password` if it has asked for one before."""

    def ask_another_name(self) -> None:
        """Give up this name."""


class PasswordEntry:
    """Asks for the password of a name, until it is right or the user chooses another name."""

    def __init__(self, destination: Destination, dialog: PasswordDialog, door: Door) -> None:
        """Ask in a `dialog`; open the `door` with the answers."""
        self._destination = destination
        self._dialog = dialog
        self._door = door
        self.claims = False
        """Whether the password that is tried registers the name."""

        self.tries = 0
        """Passwords that were sent over this connection."""

    def begin(self, password: str) -> None:
        """Record that a connection is made, with a password or without one."""
        self.tries = int(bool(password))
        self.claims = self.claims and bool(password)

    def register(self, password: str) -> None:
        """Register the name with a password, over a new connection."""
        self.claims = True
        self._door.connect(password)

    def ask(self) -> None:
        """Ask for the password of a registered name."""
        self._ask_for_old(self._sign_in)

    def ask_again(self) -> None:
        """Ask without a connection: the answer makes a new one."""
        if self.claims:
            self._ask_for_new(self._call)
        else:
            self._ask_for_old(self._call)

    def ask_to_claim(self) -> None:
        """Ask for a new password, which registers the name over this connection."""
        self._ask_for_new(self._claim)

    def ask_to_register(self) -> None:
        """Ask for a new password, which registers the name over a new connection."""
        self._ask_for_new(self._call_to_register)

    def _ask_for_old(self, then: Callable[[str], object]) -> None:
        name = self._destination.shown_name
        self._dialog.ask(password_prompts.of_name(name, then, self._door.ask_another_name))

    def _ask_for_new(self, then: Callable[[str], object]) -> None:
        self._dialog.ask(password_prompts.new(then, self._door.ask_another_name))

    def _sign_in(self, password: str) -> None:
        self._send(password, claims=False)

    def _claim(self, password: str) -> None:
        self._send(password, claims=True)

    def _send(self, password: str, *, claims: bool) -> None:
        self.tries += 1
        self.claims = claims
        self._door.unlock(password)

    def _call(self, password: str) -> None:
        self._dialog.seal()
        self._door.connect(password)

    def _call_to_register(self, password: str) -> None:
        self._dialog.seal()
        self.register(password)
