"""The figures, as tables for people and JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median

import msgspec

from benchmarks.load import Measured
from benchmarks.servers import CLASSCHAT
from benchmarks.workloads import Kind, Workload

Rows = Mapping[tuple[Workload, str], Sequence[Measured]]

LEGEND = """\
Medians over the rounds. "×CC" is this server's figure divided by ClassChat's: of CPU below 1 is better than
ClassChat, of a rate above 1 is better. CPU µs is what the server spent on one delivery (or sign-in), in user
and kernel mode: the steadiest figure. The last columns say how much of its core each side used; * marks rows
where the load used over 0.9 of its core, so that the server may be faster than is shown."""

_NEAR_LIMIT = 0.9


def load_share(one: Measured) -> float:
    """Return how much of its core the load used."""
    return one.load_cpu / one.seconds if one.seconds else 0.0


def server_share(one: Measured) -> float:
    """Return how much of its core the server used."""
    return one.server_cpu / one.seconds if one.seconds else 0.0


def work(workload: Workload, one: Measured) -> int:
    """Return how many units of work were done: deliveries, or sign-ins."""
    return one.clients if workload.kind is Kind.IDLE else one.deliveries


def cpu(workload: Workload, one: Measured) -> float:
    """Return the server's CPU µs for a unit of work."""
    return one.server_cpu * 1e6 / work(workload, one) if work(workload, one) else 0.0


def rate(workload: Workload, one: Measured) -> float:
    """Return the units of work a second."""
    return work(workload, one) / one.seconds if one.seconds else 0.0


def each(one: Measured) -> float:
    """Return the server's KiB for one client."""
    return (one.rss_after - one.rss_before) / one.clients


def figures(workload: Workload, several: Sequence[Measured]) -> dict[str, float]:
    """Return the medians of a workload on one server."""

    def middle(of: Callable[[Measured], float]) -> float:
        return median(map(of, several))

    idle = workload.kind is Kind.IDLE
    return {
        "cpu_us": middle(lambda one: cpu(workload, one)),
        "per_second": middle(lambda one: rate(workload, one)),
        "p50_ms": middle(lambda one: (one.sign_in_p50 if idle else one.p50) / 1e3),
        "p99_ms": middle(lambda one: (one.sign_in_p99 if idle else one.p99) / 1e3),
        "rss_mib": middle(lambda one: one.rss_most / 1024),
        "kib_each": middle(each),
        "server_share": middle(server_share),
        "load_share": middle(load_share),
        "load_share_most": max(map(load_share, several)),
    }


def block(workload: Workload, rows: Rows) -> str:
    """Return a workload's part of the table."""
    unit = "sign-in" if workload.kind is Kind.IDLE else "delivery"
    units = "sign-ins/s" if workload.kind is Kind.IDLE else "deliveries/s"
    lines = [
        f"{workload.name}: {workload.about}",
        f"  {'':10}{'CPU µs/' + unit:>16}{'×CC':>7}{units:>14}{'×CC':>7}{'p50 ms':>9}{'p99 ms':>9}"
        f"{'RSS MiB':>9}{'KiB each':>10}{'server':>8}{'load':>6}",
    ]
    base = rows.get((workload, CLASSCHAT.name))
    compared = figures(workload, base) if base else None
    for (which, name), several in rows.items():
        if which == workload:
            lines.append(_line(name, figures(workload, several), compared, several))
    return "\n".join([*lines, ""])


def _line(
    name: str, one: Mapping[str, float], base: Mapping[str, float] | None, several: Sequence[Measured]
) -> str:
    def compared(key: str) -> str:
        return f"{one[key] / base[key]:.2f}" if base and base[key] else "-"

    mark = "*" if one["load_share_most"] > _NEAR_LIMIT else " "
    faults = "; ".join(dict.fromkeys(each.faults for each in several if each.faults))
    return (
        f"  {name:10}{one['cpu_us']:16.3f}{compared('cpu_us'):>7}{one['per_second']:14,.0f}"
        f"{compared('per_second'):>7}{one['p50_ms']:9.2f}{one['p99_ms']:9.2f}{one['rss_mib']:9.1f}"
        f"{one['kib_each']:10.2f}{one['server_share']:8.2f}{one['load_share']:5.2f}{mark} {faults}"
    ).rstrip()


def as_json(machine: str, date: str, rows: Rows) -> bytes:
    """Return everything that was measured, each round of it: where, and when."""
    results = [
        {
            "workload": workload.name,
            "about": workload.about,
            "server": name,
            "medians": figures(workload, several),
            "rounds": several,
        }
        for (workload, name), several in rows.items()
    ]
    everything = {"machine": machine, "date": date, "results": results}
    return msgspec.json.format(msgspec.json.encode(everything), indent=2)
