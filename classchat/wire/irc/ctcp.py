r"""CTCP: what programs say in the texts of their users, https://modern.ircdocs.horse/ctcp.

PRIVMSG #CS350 :\x01ACTION waves\x01     is "* Alice waves" to all other clients, which `/me waves` sends
PRIVMSG Bob :\x01VERSION\x01             asks Bob's client, and is no message
"""

from __future__ import annotations

from typing import Final, NamedTuple

DELIMITER: Final = "\x01"


class CTCP(NamedTuple):
    """One CTCP message."""

    command: str
    """The command in capitals."""

    params: str


def parse_ctcp(text: str) -> CTCP | None:
    """Return the CTCP message that a text is; None if it is an ordinary text.

    The second delimiter may be missing, for a text that was cut.
    """
    if not text.startswith(DELIMITER):
        return None
    command, _, params = text[1:].partition(DELIMITER)[0].partition(" ")
    return CTCP(command.upper() if command.isascii() else command, params)


def action_text(name: str, params: str) -> str:
    """Return what a user does as the text that all clients show."""
    return f"* {name} {params}"


def action_of(name: str, text: str) -> str | None:
    """Return what a user does in a text of theirs; None if it is an ordinary text."""
    if not text.startswith("* "):
        return None  # almost always
    beginning = f"* {name} "
    if not text.startswith(beginning) or "\n" in text:
        return None
    return text[len(beginning) :]
