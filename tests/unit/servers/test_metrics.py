"""The server's numbers, as prometheus-client reads them back, and the dashboard that shows them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from classchat.core.tally import Tally
from classchat.limits import Limits
from classchat.servers.certificates import Passing
from classchat.servers.metrics import MissingPrometheus, ServerMetrics
from classchat.servers.tls import Encryption
from tests.unit.servers.helpers import PlainSite, Server

DASHBOARD = Path(__file__).parents[3] / "docs" / "grafana-dashboard.json"

OPENMETRICS = "application/openmetrics-text; version=1.0.0"

LONGEST_HELP = 120


class Scraped:
    """A server with all that is counted, and what it shows."""

    def __init__(self) -> None:
        self.encryption = Encryption(Passing())
        self.encryption.open()
        self.server = Server(Limits(), site=PlainSite(), encryption=self.encryption)
        self.tally = Tally(self.server.notices.extend)
        self.metrics = ServerMetrics(self.server.factory, self.tally)

    def families(self) -> dict[str, Metric]:
        """Return the families by name."""
        text, kind = self.metrics.written("")
        assert kind.startswith("text/plain; version=0.0.4")
        return {family.name: family for family in text_string_to_metric_families(text.decode())}

    def value(self, name: str, **labels: str) -> float:
        """Return the value of one sample."""
        values = [
            sample.value
            for family in self.families().values()
            for sample in family.samples
            if sample.name == name and sample.labels == labels
        ]
        [value] = values
        return value


def test_connections_are_shown_by_door() -> None:
    """Each kind of connection has a number, and it falls when one closes."""
    scraped = Scraped()
    [alice] = scraped.server.signs_in("Alice")
    scraped.server.is_visited().opens()
    before = scraped.value("classchat_connections", door="json", tls="no")
    websockets = scraped.value("classchat_connections", door="websocket", tls="no")
    alice.drops()

    assert (1, 1) == (before, websockets)
    assert "json" not in {
        sample.labels["door"] for sample in scraped.families()["classchat_connections"].samples
    }


def test_users_rooms_and_deliveries_are_shown() -> None:
    """What the chat has is what is shown; a message to a room of one is one delivery."""
    scraped = Scraped()
    [alice] = scraped.server.signs_in("Alice")
    alice.sends({"status": "create", "receiver": "CS350"})
    scraped.server.clock.advance(0)
    before = scraped.value("classchat_deliveries_total")
    alice.sends({"status": "group", "receiver": "CS350", "text": "Hello"})
    scraped.server.clock.advance(0)

    assert 1 == scraped.value("classchat_users") == scraped.value("classchat_rooms")
    assert 1 == scraped.value("classchat_deliveries_total") - before
    assert 2 == scraped.value("classchat_batch_entries_sum") == scraped.value("classchat_batch_entries_count")
    assert (1, 1, 0) == tuple(
        scraped.value(f"classchat_{name}") for name in ("writable", "ready", "queue_entries")
    )


def test_refusals_have_their_codes() -> None:
    """A refused request and a refused connection are counted under their codes."""
    scraped = Scraped()
    scraped.server.signs_in("Alice")[0].sends({"status": "join", "receiver": "Nowhere"})

    assert 1 == scraped.value("classchat_refusals_total", code="room_not_found")


def test_slow_readers_are_shown() -> None:
    """A client that does not read is counted with the bytes that wait for it."""
    scraped = Scraped()
    [slow] = scraped.server.signs_in("Alice")
    slow.stops_reading()
    slow.sends({"status": "rooms"})
    scraped.server.clock.advance(0)

    assert 1 == scraped.value("classchat_connections_behind")
    assert 0 < scraped.value("classchat_behind_bytes")


def test_handshakes_are_counted_by_version() -> None:
    """What a client does with TLS counts as done under its version, or as failed, also if it just leaves."""
    scraped = Scraped()
    scraped.server.is_called_with_tls().sends("Alice")
    for data in (b"\x16\x03\x01\x00\x05nonsense", b"\x16\x03\x01"):
        caller = scraped.server.is_called()
        caller.sends_bytes(data)
        caller.drops()

    assert 1 == scraped.value("classchat_tls_handshakes_total", version="TLSv1.3")
    assert 2 == scraped.value("classchat_tls_handshakes_failed_total")


def test_when_the_certificate_expires() -> None:
    """The date of the certificate in use is shown; a server without TLS shows nothing of it."""
    scraped = Scraped()
    ends = scraped.value("classchat_certificate_expiry_timestamp_seconds")
    scraped.encryption.certificate = None

    assert datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp() == ends
    assert [] == [name for name in scraped.families() if "tls" in name or "certificate" in name]


def test_names_types_and_help_are_as_they_should_be() -> None:
    """What promtool checks: types, help, and base units; only counters end in `_total`."""
    families = {name: one for name, one in Scraped().families().items() if name.startswith("classchat_")}

    for name, family in families.items():
        assert re.fullmatch(r"classchat(_[a-z]+)+", name), name
        assert family.type in ("gauge", "counter", "histogram"), name
        assert 10 < len(family.documentation) <= LONGEST_HELP, name
        assert family.documentation[0].isupper(), name
        assert not family.documentation.endswith("."), name
        assert not name.endswith(("_total", "_count", "_sum", "_bucket", "_milliseconds", "_kilobytes")), name
        assert all(sample.name == f"{name}_total" for sample in family.samples if family.type == "counter")


def test_the_process_is_shown() -> None:
    """Memory, processor time and open files are shown under the names that all programs share."""
    families = Scraped().families()

    names = {"process_resident_memory_bytes", "process_cpu_seconds", "process_open_fds", "process_max_fds"}
    assert names <= families.keys() or not sys.platform.startswith("linux")


def test_openmetrics_is_written_where_it_is_accepted() -> None:
    """A Prometheus that asks for OpenMetrics gets it, and a strict parser reads it."""
    text, kind = Scraped().metrics.written(OPENMETRICS)
    names = {family.name for family in openmetrics.text_string_to_metric_families(text.decode())}

    assert kind.startswith("application/openmetrics-text")
    assert "classchat_messages" in names


def test_without_prometheus_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library is missing, that is said, and nothing else breaks."""
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    with pytest.raises(MissingPrometheus):
        Scraped().metrics.written("")


# The dashboard.


def _expressions(part: Any) -> Iterator[str]:
    """Yield the expressions in a part of the dashboard."""
    if isinstance(part, dict):
        if isinstance(part.get("expr"), str):
            yield part["expr"]
        for one in part.values():
            yield from _expressions(one)
    elif isinstance(part, list):
        for one in part:
            yield from _expressions(one)


def _samples(family: Metric) -> set[str]:
    """Return the names under which a family can be asked for."""
    if family.type == "histogram":
        return {f"{family.name}_{end}" for end in ("bucket", "sum", "count")}
    return {f"{family.name}_total" if family.type == "counter" else family.name}


def test_the_dashboard_shows_what_there_is() -> None:
    """Each name in the dashboard is one of the server's, and each of the server's numbers is in it."""
    families = Scraped().families()
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = set(re.findall(r"(?:classchat|process)_[a-z_]+", " ".join(_expressions(dashboard))))
    known = {name: _samples(family) for name, family in families.items()}

    assert asked <= set().union(*known.values())
    assert [] == [
        name for name, samples in known.items() if name.startswith("classchat_") and not samples & asked
    ]


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    """Each panel has a title, a place of its own in Grafana's 24 columns, and the source that was chosen."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert all(0 <= x < 24 for x, _ in cells)
    assert all(panel["title"] and panel["datasource"]["uid"] == "${source}" for panel in panels)
