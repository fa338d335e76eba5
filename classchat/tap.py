"""The server's composition root: the only module that builds and joins it.

`twistd classchat` finds `Options` and `makeService` here; `classchat serve` runs the same service.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint, serverFromString
from twisted.internet.interfaces import IReactorTime, IStreamServerEndpoint
from twisted.python import usage

from classchat import __version__
from classchat.console import log_notices
from classchat.core.chat import Chat
from classchat.journal.memory import MemoryJournal
from classchat.limits import Limits
from classchat.servers.service import CannotStart, ChatService
from classchat.servers.tcp import ChatFactory
from classchat.wire.lines import encode

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5555

_BACKLOG = 1024
"""Connections that the kernel keeps until we accept them: a whole class arrives in one second."""


def between(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number of that range from the command line."""

    def coerce(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() else -1
        if not least <= number <= most:
            raise ValueError(f"'{text}' is not a whole number from {least} to {most}")
        return number

    coerce.coerceDoc = f"A whole number from {least} to {most}."  # type: ignore[attr-defined]
    return coerce


class Options(usage.Options):
    """What an operator may choose, under `twistd classchat` and `classchat serve` alike."""

    synopsis = "[options]"
    longdesc = "A chat server for a class, a lab or any group that wants one of its own."
    optParameters = [
        ["host", "h", None, f"Address or name to listen on (default: {DEFAULT_HOST})."],
        ["port", "p", None, f"Port to listen on (default: {DEFAULT_PORT}).", between(0, 65535)],
        ["max-text", None, Limits.text, "Characters of a text.", between(1, 16_000)],
        ["max-rooms", None, Limits.rooms, "Rooms on the server.", between(1, 1_000_000)],
        [
            "max-rooms-per-user",
            None,
            Limits.rooms_of_user,
            "Rooms that one user is in.",
            between(1, 1_000_000),
        ],
        [
            "max-behind",
            None,
            Limits.behind,
            "Bytes that a reader may be behind before the server gives up on him.",
            between(65_536, 1_073_741_824),
        ],
        [
            "sign-in-timeout",
            None,
            int(Limits.sign_in),
            "Seconds that a connection has to say who it is.",
            between(1, 86_400),
        ],
    ]

    def __init__(self) -> None:
        super().__init__()
        self["listen"] = []

    def opt_listen(self, endpoint: str) -> None:
        """Listen on a Twisted endpoint, such as tcp6:5555, unix:/run/classchat.sock or
        systemd:domain=INET:index=0. May be given more than once; the default address is
        then listened on only if --host or --port is given too.
        """
        self["listen"].append(endpoint)

    def opt_version(self) -> None:
        """Show the version, and exit."""
        print(f"ClassChat {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: Any = None) -> None:
        """Read the command line; a mistake in it is told in one sentence."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            reason = str(error).removeprefix("Parameter type enforcement failed: ").rstrip(".")
            raise CannotStart(f"classchat: {reason}. See --help.") from None


def limits_of(options: Mapping[str, Any]) -> Limits:
    """Return what the operator grants his clients."""
    return Limits(
        text=options["max-text"],
        rooms=options["max-rooms"],
        rooms_of_user=options["max-rooms-per-user"],
        behind=options["max-behind"],
        sign_in=options["sign-in-timeout"],
    )


def now() -> str:
    """Return the time of day as the protocol has it: RFC 3339 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def makeFactory(clock: IReactorTime, limits: Limits) -> ChatFactory:
    """Build the chat, and what speaks with its clients."""
    journal = MemoryJournal(clock, now)
    chat = Chat(journal, encode, log_notices, limits)
    return ChatFactory(chat, log_notices, clock)


def makeService(options: Mapping[str, Any]) -> ChatService:
    """Build the whole server.

    Raises:
        CannotStart: there is no such host, or no such kind of endpoint.
    """
    from twisted.internet import reactor  # not earlier: twistd chooses which one

    factory = makeFactory(reactor, limits_of(options))
    return ChatService(factory, _endpoints(options, reactor), log_notices)


def _endpoints(options: Mapping[str, Any], reactor: Any) -> list[IStreamServerEndpoint]:
    endpoints = []
    host, port = options["host"], options["port"]
    if not options["listen"] or host is not None or port is not None:
        endpoints.append(
            _tcp_endpoint(
                reactor,
                DEFAULT_HOST if host is None else host,
                DEFAULT_PORT if port is None else port,
            )
        )
    for description in options["listen"]:
        try:
            endpoints.append(serverFromString(reactor, description))
        except Exception as error:  # each kind of endpoint has its own idea of what to raise
            raise CannotStart(
                f"classchat: '{description}' is no endpoint to listen on: {error}. See --help."
            ) from None
    return endpoints


def _tcp_endpoint(reactor: Any, host: str, port: int) -> IStreamServerEndpoint:
    """Return the endpoint of the host's first address, IPv4 before IPv6."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CannotStart(
            f"classchat: there is no host '{host}' here to listen on: give an address of this machine."
        ) from None
    family, *_, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    kind = TCP4ServerEndpoint if family == socket.AF_INET else TCP6ServerEndpoint
    return kind(reactor, port, backlog=_BACKLOG, interface=str(address[0]))
