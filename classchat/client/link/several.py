"""A host with several addresses, such as the nodes of one chat: each call begins with another one.

Twisted's HostnameEndpoint calls the addresses one after the other until one accepts. That is not enough: one
that accepts may hang up at once, because it is about to stop, and a connection that is lost should be made
again somewhere else. So the order changes: the address that was reached last comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IProtocol,
    IProtocolFactory,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from zope.interface import implementer


class ISeveralAddresses(IStreamClientEndpoint):
    """An endpoint that may have several addresses."""

    def has_another() -> bool:
        """Return whether an address has accepted the last call, and there are more than there were calls.

        If none has accepted it, all of them were called.
        """


def has_another(endpoint: IStreamClientEndpoint) -> bool:
    """Return whether an endpoint has an address that is worth another call, before the first welcome."""
    several = ISeveralAddresses(endpoint, None)
    return several is not None and several.has_another()


@implementer(ISeveralAddresses)
class HostEndpoint:
    """An endpoint for a host, whose name is resolved for each call."""

    def __init__(self, reactor: Any, host: str, port: int) -> None:
        self._endpoint = HostnameEndpoint(_InOrder(reactor, self._in_order), host, port)
        self._calls = 0
        self._has_answered = False
        self._addresses = 0
        self._reached: dict[str, int] = {}
        """In which call an address was reached, for those of the last resolution."""

    def has_another(self) -> bool:
        """Return whether an address has accepted the last call, and there are more than there were calls."""
        return self._has_answered and self._calls < self._addresses

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Call one address after the other, until one accepts."""
        self._calls += 1
        self._has_answered = False
        return self._endpoint.connect(protocolFactory).addCallback(self._has_reached)

    def _has_reached(self, protocol: Any) -> IProtocol:
        self._has_answered = True
        self._reached[_host(protocol.transport.getPeer())] = self._calls
        return protocol  # type: ignore[no-any-return]

    def _in_order(self, resolved: Iterable[IAddress]) -> list[IAddress]:
        """Return each address once: first those that were not reached, then the one reached longest ago."""
        addresses = {_host(address): address for address in resolved}
        self._addresses = len(addresses)
        self._reached = {host: call for host, call in self._reached.items() if host in addresses}
        return sorted(addresses.values(), key=lambda address: self._reached.get(_host(address), 0))


def _host(address: IAddress | None) -> str:
    return address.host if isinstance(address, IPv4Address | IPv6Address) else ""


Order = Callable[[Iterable[IAddress]], list[IAddress]]


@implementer(IReactorPluggableNameResolver)
class _InOrder:
    """A reactor whose resolver returns addresses in an order of ours."""

    def __init__(self, reactor: Any, order: Order) -> None:
        self._reactor = reactor
        self._order = order

    @property
    def nameResolver(self) -> IHostnameResolver:
        """The resolver: the reactor's own may be another one at each call."""
        return _Resolver(self._reactor.nameResolver, self._order)

    def __getattr__(self, name: str) -> Any:
        """Return everything else as the reactor has it."""
        return getattr(self._reactor, name)


@implementer(IHostnameResolver)
class _Resolver:
    """A resolver that returns addresses in an order of ours, when all of them are there."""

    def __init__(self, resolver: IHostnameResolver, order: Order) -> None:
        self._resolver = resolver
        self._order = order

    def resolveHostName(
        self, resolutionReceiver: IResolutionReceiver, hostName: str, *arguments: Any, **keywords: Any
    ) -> IHostResolution:
        """Resolve a name."""
        receiver = _Receiver(resolutionReceiver, self._order)
        return self._resolver.resolveHostName(receiver, hostName, *arguments, **keywords)


@implementer(IResolutionReceiver)
class _Receiver:
    """Collects the addresses of one resolution, and passes them on at its end."""

    def __init__(self, receiver: IResolutionReceiver, order: Order) -> None:
        self._receiver = receiver
        self._order = order
        self._addresses: list[IAddress] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """Pass this on."""
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: IAddress) -> None:
        """Keep an address."""
        self._addresses.append(address)

    def resolutionComplete(self) -> None:
        """Pass the addresses on."""
        for address in self._order(self._addresses):
            self._receiver.addressResolved(address)
        self._receiver.resolutionComplete()
