"""What a client has said of itself before it is registered."""

from __future__ import annotations

from dataclasses import dataclass

from classchat.core.identity import Owner


@dataclass(slots=True)
class Registering:
    """The parts of a registration, in whatever order they come."""

    nick: str = ""
    """The nickname that the client wants, and may have as far as is known."""

    wanted: str = ""
    """The nickname that the client has asked for last, even if it may not have it."""

    username: str = ""
    realname: str = ""
    password: str = ""
    """The parameter of PASS."""

    chunks: list[str] | None = None
    """What the client has sent of its SASL message; None while it sends none."""

    identity: Owner | None = None
    """The account that the client has shown to own."""

    away: str = ""
    """The away message with which the client comes, see `being_away.py`; "" for none."""

    negotiating: bool = False
    """Whether registration waits for CAP END."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return bool((self.nick or self.identity) and self.username) and not self.negotiating
