"""The numbers of a server for Prometheus, collected when it asks for them.

Nothing is counted here: the chat, its journal and the registry of connections count in plain numbers, where
things happen. prometheus-client, which is optional (the extra `metrics`), is imported on use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import classchat
from classchat.core.entries import Said, Whispered
from classchat.core.measures import Histogram
from classchat.core.tally import Tally
from classchat.servers.tcp import ChatFactory

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

INSTALL = "pip install prometheus-client"
"""The command that installs what is missing."""


class MissingPrometheus(Exception):
    """There is no prometheus-client to write the numbers with."""


class Metrics(Protocol):
    """Writes the numbers of a server."""

    def written(self, accepted: str) -> tuple[bytes, str]:
        """Return the numbers in a format that is accepted, by the header Accept, and its Content-Type.

        Raises:
            MissingPrometheus: there is no prometheus-client.
        """


class ServerMetrics(Metrics):
    """The numbers of one server."""

    def __init__(self, factory: ChatFactory, tally: Tally) -> None:
        self._factory = factory
        self._tally = tally
        self._registry: CollectorRegistry | None = None

    def check(self) -> None:
        """Raise `MissingPrometheus` if there is no prometheus-client."""
        try:
            import prometheus_client  # noqa: F401
        except ImportError:
            raise MissingPrometheus from None

    def written(self, accepted: str) -> tuple[bytes, str]:
        """Return the numbers in a format that is accepted, by the header Accept, and its Content-Type.

        Raises:
            MissingPrometheus: there is no prometheus-client.
        """
        self.check()
        from prometheus_client.exposition import choose_encoder

        if self._registry is None:
            self._registry = _registry(self._collect)
        encode, kind = choose_encoder(accepted)
        return encode(self._registry), kind

    def _collect(self) -> Iterator[Metric]:
        yield from self._of_connections()
        yield from self._of_encryption()
        yield from self._of_people()
        yield from self._of_messages()
        yield from self._of_journal()
        yield from self._of_refusals()

    def _of_connections(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        factory = self._factory
        connections = GaugeMetricFamily(
            "classchat_connections",
            "Open connections, by what they speak (unknown before their first bytes) and whether by TLS",
            labels=("door", "tls"),
        )
        for doorway, number in factory.census().items():
            connections.add_metric((doorway.door, "yes" if doorway.encrypted else "no"), number)
        yield connections
        yield CounterMetricFamily(
            "classchat_connections_opened", "Connections that chat or have chatted", self._tally.connections
        )
        late = factory.lateness()
        yield GaugeMetricFamily(
            "classchat_connections_behind", "Connections that have not read all they were sent", late.clients
        )
        yield GaugeMetricFamily("classchat_behind_bytes", "Bytes that wait for slow readers", late.bytes)

    def _of_encryption(self) -> Iterator[Metric]:
        """Yield the numbers about TLS; nothing where the server has none."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        encryption = self._factory.encryption
        if encryption is None or encryption.certificate is None:
            return
        done = CounterMetricFamily(
            "classchat_tls_handshakes", "TLS handshakes that have succeeded, by version", labels=("version",)
        )
        for version, number in sorted(encryption.handshakes.done.items()):
            done.add_metric((version,), number)
        yield done
        yield CounterMetricFamily(
            "classchat_tls_handshakes_failed",
            "TLS handshakes that have failed, or whose connection was lost before their end",
            encryption.handshakes.failed,
        )
        yield GaugeMetricFamily(
            "classchat_certificate_expiry_timestamp_seconds",
            "When the server's certificate expires, in seconds since 1970",
            encryption.certificate.ends,
        )

    def _of_people(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        factory = self._factory
        here = sum(bool(user.peers) for user in factory.users)
        yield GaugeMetricFamily("classchat_users", "Users who are signed in on this node", here)
        yield GaugeMetricFamily("classchat_rooms", "Rooms that exist, on all nodes", len(factory.rooms))
        yield CounterMetricFamily(
            "classchat_sign_ins", "How often a user has signed in", self._tally.sign_ins
        )

    def _of_messages(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily

        measures = self._factory.chat.measures
        messages = CounterMetricFamily(
            "classchat_messages",
            "Messages of this node's clients that were stored, to rooms or private; repetitions count",
            labels=("kind",),
        )
        messages.add_metric(("room",), self._tally.count(Said))
        messages.add_metric(("private",), self._tally.count(Whispered))
        yield messages
        yield CounterMetricFamily(
            "classchat_deliveries",
            "Writes to clients, one for each client that a batch is told to",
            measures.deliveries,
        )
        yield _histogram(
            "classchat_batch_entries", "Entries of each batch that was delivered", measures.batches
        )

    def _of_journal(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        journal = self._factory.chat.journal
        yield _histogram("classchat_commit_seconds", "Seconds that each commit has taken", journal.commits)
        yield GaugeMetricFamily(
            "classchat_queue_entries", "Entries that are not delivered yet", journal.waiting
        )
        yield GaugeMetricFamily(
            "classchat_writable", "Whether the last attempt to store something has worked", journal.writable
        )
        yield GaugeMetricFamily(
            "classchat_ready", "Whether the server takes clients", self._factory.chat.is_ready()
        )
        info = GaugeMetricFamily(
            "classchat_info",
            "Always 1; the labels are the version, and the name of this node among several",
            labels=("version", "node"),
        )
        info.add_metric((classchat.__version__, journal.node), 1)
        yield info

    def _of_refusals(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily

        refusals = CounterMetricFamily(
            "classchat_refusals",
            "Requests, connections and invalid lines that were refused, by the code of the error",
            labels=("code",),
        )
        for code, number in sorted(self._factory.chat.measures.refusals.items()):
            refusals.add_metric((code,), number)
        yield refusals
        disconnections = CounterMetricFamily(
            "classchat_disconnections",
            "Users whom the server has disconnected, by the code of the error (slow_reader among them)",
            labels=("code",),
        )
        for code, number in sorted(self._tally.disconnections.items()):
            disconnections.add_metric((code,), number)
        yield disconnections


def _registry(collect: Callable[[], Iterator[Metric]]) -> CollectorRegistry:
    """Return a registry of what is collected, and of the process: memory, processor time, open files."""
    from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
    from prometheus_client.registry import Collector

    class Collected(Collector):
        def collect(self) -> Iterator[Metric]:
            return collect()

    registry = CollectorRegistry()
    registry.register(Collected())
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def _histogram(name: str, description: str, histogram: Histogram) -> Metric:
    from prometheus_client.core import HistogramMetricFamily

    bounds = [*map(str, map(float, histogram.bounds)), "+Inf"]
    buckets = list(zip(bounds, map(float, histogram.up_to()), strict=True))
    return HistogramMetricFamily(name, description, buckets, histogram.total)
