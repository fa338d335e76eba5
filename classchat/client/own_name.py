"""The account of the user: `/claim` registers the name with a password, `/password` changes the password."""

from __future__ import annotations

from typing import Protocol

from classchat.client import password_prompts
from classchat.client.audience import Audience
from classchat.client.commands.typed import CommandError
from classchat.client.destination import Destination
from classchat.client.link.exchange import Exchange
from classchat.client.password_prompts import PLAIN_TEXT, PasswordQuestions
from classchat.errors import ClaimsClosed
from classchat.messages import ChangePassword, Claim
from classchat.request import Request


class Asks(Protocol):
    """The part of the client that asks the user and the server."""

    def ask_secretly(self, asking: PasswordQuestions) -> None:
        """Ask the user for passwords."""

    def request(self, command: Request) -> None:
        """Send a request that holds a password."""

    def tell(self, line: str) -> None:
        """Show a line."""


class OwnName:
    """Registers the user's name, and changes its password."""

    def __init__(self, destination: Destination, audience: Audience, asks: Asks) -> None:
        """Ask for passwords only where the `audience` is a person; otherwise take the one from a file."""
        self._destination = destination
        self._audience = audience
        self._asks = asks

    def claim(self, exchange: Exchange) -> None:
        """Ask for a password, and register the name with it.

        Raises:
            CommandError: it can't be registered, or there is no password.
        """
        self._check(exchange, claimed=False)
        self.check_secrecy()
        if self._audience.is_person:
            self._asks.ask_secretly(
                password_prompts.new(
                    lambda password: self._asks.request(Claim(text=password)), self._not_changed
                )
            )
        elif self._destination.password is not None:
            self._asks.request(Claim(text=self._destination.password))
        else:
            raise CommandError("A password is needed: give --password-file FILE")

    def change_password(self, exchange: Exchange) -> None:
        """Ask for the present password and a new one, and change it.

        Raises:
            CommandError: the name has no password, or no person can be asked.
        """
        self._check(exchange, claimed=True)
        self.check_secrecy()
        if not self._audience.is_person:
            raise CommandError("A password can only be changed in a terminal")
        self._asks.ask_secretly(
            password_prompts.another(
                lambda present, new: self._asks.request(ChangePassword(text=new, current=present)),
                self._not_changed,
            )
        )

    def check_secrecy(self) -> None:
        """Raise if a password would travel unencrypted.

        Raises:
            CommandError: it would.
        """
        if not self._destination.may_send_password:
            raise CommandError(PLAIN_TEXT)

    def _not_changed(self) -> None:
        self._asks.tell("[CLIENT] Cancelled: no password was set or changed")

    def _check(self, exchange: Exchange, *, claimed: bool) -> None:
        """Refuse what the server would refuse, before a person types a password for it.

        A program is not asked, and gets the server's own code.

        Raises:
            CommandError: the name is registered, or it is not, or this server registers none.
        """
        name = self._destination.shown_name
        if not self._audience.is_person:
            return
        if exchange.first_version:
            raise CommandError("This server is too old for that command")
        if claimed and not exchange.claimed:
            raise CommandError(f"'{name}' is not registered, so it has no password: /claim registers it")
        if not claimed and exchange.claimed:
            raise CommandError(f"'{name}' is already registered: /password changes its password")
        if not (claimed or exchange.takes_claims):
            raise CommandError(ClaimsClosed().text)
