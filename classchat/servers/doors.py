"""How many connections an address may have, and how fast it may make new ones, or HTTP requests.

The origin of a connection is its IPv4 address, or the /64 of its IPv6 address: within a /64 a client can have
as many addresses as it likes. Loopback, Unix sockets and the networks that the operator trusts are not
counted.
"""

from __future__ import annotations

import socket
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from twisted.internet.interfaces import IAddress, IReactorTime

from classchat.core.notices import Crowded, Observe
from classchat.core.rate_limit import Bucket
from classchat.errors import TooMany
from classchat.limits import Limits, Rate
from classchat.servers.transports import INTERNET

Network = IPv4Network | IPv6Network
Origin = bytes
"""The origin of a connection: the 4 bytes of an IPv4 address, or the first 8 of an IPv6 address."""

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

_MOST_REMEMBERED = 10_000
"""Recent origins; counting does not stop an attacker who has more of them."""

_MOST_KNOWN = 1_000
"""Hosts whose origin need not be looked up again: those of a class come from few addresses."""


_MAPPED = bytes(10) + b"\xff\xff"
"""The first bytes of an IPv6 address that stands for an IPv4 address."""


_LONGEST_DELAY = 3.0
"""Seconds that an HTTP request may have to wait, so that a class behind one address can load the page."""


class _Lately:
    """The connections and requests of one origin in the last seconds."""

    __slots__ = ("requests", "seen_at", "times", "told", "visits")

    def __init__(self, requests: Rate | None) -> None:
        self.requests = Bucket(requests)
        self.visits = Bucket(requests)
        """Connections that may only make requests."""
        self.times: list[float] = []
        """When connections were accepted; older times may be among them."""
        self.seen_at = 0.0
        """When the last connection came, accepted or not."""
        self.told = False
        """Whether the operator was told that there are too many."""


class Doors:
    """Counts the connections of each origin, and says whether it may have one more.

    The count of open connections is bounded by how many there may be. Of the recent ones the oldest are
    forgotten, so that an attacker with many addresses does not fill the memory.
    """

    def __init__(
        self, limits: Limits, clock: IReactorTime, observe: Observe, trusted: Iterable[Network] = LOOPBACK
    ) -> None:
        """Count all connections but those from `trusted` networks."""
        self._limits = limits
        self._within = limits.new_within
        self._requests = limits.page_requests
        self._clock = clock
        self._observe = observe
        self._origin_of = lru_cache(_MOST_KNOWN)(self._looked_up)
        self.trust(trusted)
        self._here: dict[Origin, int] = {}
        self._lately: OrderedDict[Origin, _Lately] = OrderedDict()

    def __len__(self) -> int:
        """Return how many origins are remembered."""
        return len(self._here.keys() | self._lately.keys())

    def trust(self, networks: Iterable[Network]) -> None:
        """Trust these networks from now on, and no others; connections that are open stay counted, or not."""
        self._trusted = [
            (network.version, int(network.netmask), int(network.network_address)) for network in networks
        ]
        self._origin_of.cache_clear()

    def origin(self, address: IAddress | None) -> Origin | None:
        """Return what a connection from this address is counted under; None if it is not counted."""
        limits = self._limits
        if limits.connections_of_address is None and limits.new_of_address is None and self._requests is None:
            return None
        return self._origin_of(address.host) if isinstance(address, INTERNET) else None

    def place(self, address: IAddress | None) -> str:
        """Return the name under which the attempts of a client are counted; "" if it is not counted."""
        origin = self._origin_of(address.host) if isinstance(address, INTERNET) else None
        return "" if origin is None else _described(origin)

    def enter(self, origin: Origin | None, *, quietly: bool = False) -> TooMany | None:
        """Count one more connection, or return why that is too many, and count nothing.

        The operator is told of too many, unless that is done `quietly`: it may not matter.
        """
        if origin is None:
            return None
        now = self._clock.seconds()
        lately = self._seen(origin, now)
        here = self._here.get(origin, 0)
        most, most_new = self._limits.connections_of_address, self._limits.new_of_address
        if most is not None and here >= most:
            self._tell(origin, lately, f"{most} connections", quietly=quietly)
            return TooMany("connections from your address", most)
        if most_new is not None:
            if len(lately.times) >= most_new:  # a clock may be set back
                lately.times = [time for time in lately.times if 0 <= now - time < self._within]
            if len(lately.times) >= most_new:
                within = f"within {self._within:g} seconds"
                self._tell(origin, lately, f"{most_new} new connections {within}", quietly=quietly)
                return TooMany(f"new connections from your address {within}", most_new)
            lately.times.append(now)
        self._here[origin] = here + 1
        return None

    def leave(self, origin: Origin | None) -> None:
        """Stop counting a connection that has closed."""
        if origin is None:
            return
        self._here[origin] -= 1
        if not self._here[origin]:
            del self._here[origin]

    def take_back(self, origin: Origin | None) -> None:
        """Stop counting a connection, as if it had never come: it makes HTTP requests."""
        self.leave(origin)
        lately = None if origin is None else self._lately.get(origin)
        if lately is not None and lately.times:
            lately.times.pop()

    def visits(self, origin: Origin | None) -> bool:
        """Count a connection that may only make HTTP requests; return whether it is one of a few."""
        if origin is None or self._requests is None:
            return True
        now = self._clock.seconds()
        visits = self._seen(origin, now).visits
        if visits.take(now) <= 0.0:
            return True
        visits.put_back()
        return False

    def asks(self, origin: Origin | None) -> float | TooMany:
        """Count an HTTP request; return in how many seconds it may be answered, or why it may not."""
        if origin is None or self._requests is None:
            return 0.0
        now = self._clock.seconds()
        requests = self._seen(origin, now).requests
        seconds = requests.take(now)
        if seconds <= _LONGEST_DELAY:
            return max(seconds, 0.0)
        requests.put_back()
        return TooMany("requests from your address", self._requests.burst)

    def _seen(self, origin: Origin, now: float) -> _Lately:
        """Record a connection of an origin, and forget origins without recent connections."""
        lately = self._lately.setdefault(origin, _Lately(self._requests))
        lately.seen_at = now
        self._lately.move_to_end(origin)
        while len(self._lately) > _MOST_REMEMBERED or self._is_over(next(iter(self._lately.values())), now):
            self._lately.popitem(last=False)
        return lately

    def _is_over(self, lately: _Lately, now: float) -> bool:
        buckets = lately.requests, lately.visits
        return not 0 <= now - lately.seen_at < self._within and all(one.is_full(now) for one in buckets)

    def _tell(self, origin: Origin, lately: _Lately, most: str, *, quietly: bool) -> None:
        """Tell the operator, once for all connections of a flood."""
        if not lately.told and not quietly:
            lately.told = True
            self._observe([Crowded(_described(origin), most)])

    def _looked_up(self, host: str) -> Origin | None:
        packed = _packed(host)
        return None if self._is_trusted(packed) else packed[:8]

    def _is_trusted(self, packed: bytes) -> bool:
        version, number = (4 if len(packed) == 4 else 6), int.from_bytes(packed, "big")
        return any(
            version == trusted and number & mask == network for trusted, mask, network in self._trusted
        )


def _packed(host: str) -> bytes:
    """Return the 4 or 16 bytes of an address."""
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return packed[12:] if packed.startswith(_MAPPED) else packed


def _described(origin: Origin) -> str:
    if len(origin) == 4:
        return socket.inet_ntop(socket.AF_INET, origin)
    return socket.inet_ntop(socket.AF_INET6, origin + bytes(8)) + "/64"
