"""Where a server listens: at a host and port, and at what Twisted's endpoints describe."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from twisted.internet.endpoints import (
    StandardIOEndpoint,
    TCP4ServerEndpoint,
    TCP6ServerEndpoint,
    serverFromString,
)
from twisted.internet.interfaces import IStreamServerEndpoint

from classchat.option_table import DEFAULT_HOST, DEFAULT_PORT
from classchat.servers.service import CannotStart

_BACKLOG = 1024
"""Connections that the kernel queues until we accept them: a whole class connects in one second."""


def endpoints_of(options: Mapping[str, Any], reactor: Any) -> dict[str, IStreamServerEndpoint]:
    """Return the endpoints to listen on, by the operator's name for each.

    Raises:
        CannotStart: there is no such host, or no such kind of endpoint.
    """
    endpoints = {}
    host, port = options["host"], options["port"]
    if not options["listen"] or host is not None or port is not None:
        host = DEFAULT_HOST if host is None else host
        port = DEFAULT_PORT if port is None else port
        endpoints[f"{host}:{port}"] = _tcp_endpoint(reactor, host, port)
    for description in options["listen"]:
        endpoints[description] = _described_endpoint(reactor, description)
    return endpoints


def _described_endpoint(reactor: Any, description: str) -> IStreamServerEndpoint:
    try:
        endpoint = serverFromString(reactor, description)
    except Exception:  # each kind of endpoint raises exceptions of its own
        endpoint = None
    if endpoint is None or isinstance(endpoint, StandardIOEndpoint):  # standard output is the console's
        raise CannotStart(
            f"classchat: '{description}' is not an endpoint to listen on: use one such as tcp:5555, "
            "tcp6:5555 or unix:/run/classchat.sock. See --help."
        )
    return endpoint  # type: ignore[no-any-return]


def _tcp_endpoint(reactor: Any, host: str, port: int) -> IStreamServerEndpoint:
    """Return the endpoint of the host's first address; IPv4 comes before IPv6."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CannotStart(
            f"classchat: This machine has no host '{host}' to listen on: use one of its addresses."
        ) from None
    family, *_, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    kind = TCP4ServerEndpoint if family == socket.AF_INET else TCP6ServerEndpoint
    zone = f"%{socket.if_indextoname(address[3])}" if len(address) == 4 and address[3] else ""
    return kind(reactor, port, backlog=_BACKLOG, interface=f"{address[0]}{zone}")
