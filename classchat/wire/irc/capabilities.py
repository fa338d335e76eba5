"""What an IRC client has asked for beyond plain IRC: https://ircv3.net/specs/extensions/capability-negotiation.

    -> CAP LS 302                    <- CAP * LS * :account-notify ...   until the last line, without the `*`
    -> CAP REQ :server-time -batch   <- CAP * ACK :server-time -batch    or NAK, and nothing has changed
    -> CAP LIST                      <- CAP * LIST :cap-notify server-time
    -> CAP END

`Capabilities` returns the parameters of the answers behind the client's name; only a caller knows that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

Answer = tuple[str, ...]
"""The parameters of one CAP line behind the client's name."""

OFFERED: Final[Mapping[str, str]] = {
    "account-notify": "",
    "account-tag": "",
    "away-notify": "",
    "batch": "",
    "cap-notify": "",
    "draft/account-registration": "before-connect",
    "draft/chathistory": "",
    "draft/message-redaction": "",
    "draft/multiline": "max-bytes=10000,max-lines=256",
    "draft/pre-away": "",
    "echo-message": "",
    "extended-join": "",
    "extended-monitor": "",
    "invite-notify": "",
    "labeled-response": "",
    "message-tags": "",
    "multi-prefix": "",
    "no-implicit-names": "",
    "sasl": "PLAIN",
    "server-time": "",
    "standard-replies": "",
    "userhost-in-names": "",
    "znc.in/self-message": "",
}
"""Every capability, with its value for clients that speak version 302."""

VALUES: Final = 302
"""The version of the negotiation from which on capabilities have values."""

_MOST_BYTES: Final = 400
"""Bytes of the capabilities on one line: with everything else it has at most 512."""


class Capabilities:
    """The capabilities that one client is offered, and those that it has."""

    __slots__ = ("_offered", "_version", "enabled")

    def __init__(self, offered: Mapping[str, str] = OFFERED) -> None:
        self._offered = offered
        self._version = 301
        self.enabled: frozenset[str] = frozenset()

    def __contains__(self, capability: str) -> bool:
        return capability in self.enabled

    def ls(self, version: str = "") -> list[Answer]:
        """Return the answer to `CAP LS`."""
        if version.isascii() and version.isdecimal():
            self._version = max(self._version, int(version[:4]))
        if self._version < VALUES:
            return [("LS", " ".join(self._offered))]
        self.enabled |= {"cap-notify"} & self._offered.keys()
        return list(
            _in_lines("LS", [f"{name}={value}" if value else name for name, value in self._offered.items()])
        )

    def listed(self) -> list[Answer]:
        """Return the answer to `CAP LIST`: what the client has."""
        if self._version < VALUES:
            return [("LIST", " ".join(sorted(self.enabled)))]
        return list(_in_lines("LIST", sorted(self.enabled)))

    def request(self, wanted: str) -> Answer:
        """Return the answer to `CAP REQ`: all of it is granted, or nothing is."""
        enabled = set(self.enabled)
        for word in wanted.split(" "):
            name = word.removeprefix("-")
            if name not in self._offered and word:
                return ("NAK", wanted)
            if word.startswith("-"):
                if name == "cap-notify" and self._version >= VALUES:
                    return ("NAK", wanted)
                enabled.discard(name)
            elif word:
                enabled.add(name)
        self.enabled = frozenset(enabled)
        return ("ACK", wanted)


def _in_lines(subcommand: str, words: list[str]) -> Iterator[Answer]:
    """Yield the lines of a list; `*` stands in all but the last."""
    line: list[str] = []
    size = 0
    for word in words:
        if size + len(word) > _MOST_BYTES:
            yield subcommand, "*", " ".join(line)
            line, size = [], 0
        line.append(word)
        size += len(word) + 1
    yield subcommand, " ".join(line)
