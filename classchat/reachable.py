"""Where a server answers, and the best link to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classchat.client.link.addresses import is_loopback, place
from classchat.links import FOR_GUESTS, WARNS, link_to
from classchat.probing import Answering, Misnamed, Probe, Stranger, Unusable

_LOOPBACK = ("127.0.0.1", "::1")

_MOST_NAMES = 3
"""Names of a certificate to try: each may take some seconds if nobody answers there."""


@dataclass(frozen=True)
class Reachable:
    """One address at which a server answers."""

    host: str
    port: int
    found: Answering

    @property
    def is_trusted(self) -> bool:
        """Whether browsers open the page encrypted, and without a warning."""
        certificate = self.found.certificate
        return certificate is not None and certificate.trusted and "https" in self.found.pages

    @property
    def link(self) -> str | None:
        """The link to the page; None if there is no page.

        Without a certificate that browsers accept, `http` opens at once and `https` after a warning.
        """
        if not self.found.pages:
            return None
        scheme = "https" if self.is_trusted or "http" not in self.found.pages else "http"
        return link_to(scheme, self.host, self.port)

    @property
    def note(self) -> str | None:
        """What people have to know about the link."""
        if self.is_trusted or is_loopback(self.host) or not self.found.pages:
            return None
        if "http" in self.found.pages:
            return FOR_GUESTS
        return WARNS

    @property
    def terminal(self) -> str:
        """The line for terminals."""
        address = place(self.host, self.port)
        if self.found.certificate is None:
            return f"classchat {'' if is_loopback(self.host) else '--no-tls '}NAME@{address}"
        return f"classchat NAME@{address}#{self.found.certificate.fingerprint}"

    @property
    def irc(self) -> str | None:
        """The line for IRC clients; None if they can't join."""
        if not self.found.irc:
            return None
        return f"{self.host}, port {self.port}, {'without' if self.found.certificate is None else 'with'} TLS"


def reach(host: str | None, port: int, addresses: Sequence[str], probe: Probe) -> list[Reachable]:
    """Return where a server answers, the best place first.

    Without a `host`, this machine's `addresses` are tried, then those that only this machine can use; names
    in the certificate come first if browsers accept it.

    Raises:
        SystemExit: no server answers; the sentence says what to do.
    """
    found, problems = _tried([host] if host else addresses, port, probe)
    if not found and not host:
        found, more = _tried(_LOOPBACK, port, probe)
        problems += more
    if not found:
        raise SystemExit(_nobody(problems, host, port))
    certificate = found[0].found.certificate
    if host or certificate is None:
        return found
    named, _ = _tried(certificate.names[:_MOST_NAMES], port, probe)
    return [*(each for each in named if each.is_trusted), *found]


def _tried(hosts: Sequence[str], port: int, probe: Probe) -> tuple[list[Reachable], list[Unusable]]:
    """Return the hosts at which a server answers, and why the others are no use."""
    found, problems = [], []
    for host in hosts:
        try:
            found.append(Reachable(host, port, probe(host, port)))
        except Unusable as problem:
            problems.append(problem)
    return found, problems


def _nobody(problems: Sequence[Unusable], host: str | None, port: int) -> str:
    """Return why there is nothing to hand out, and what to do."""
    at = place(host, port) if host else f"port {port} of this machine"
    kinds = {type(problem) for problem in problems}
    if Misnamed in kinds:
        return (
            f"classchat: The server at {at} does not answer under this name: start it with --web-name {host}."
        )
    if Stranger in kinds:
        return (
            f"classchat: Another program answers at {at}, not ClassChat: give the --port of the server, or"
            " the --url of a proxy in front of it."
        )
    return (
        f"classchat: No server answers at {at} ({problems[-1]}): start one with classchat serve 0.0.0.0, or"
        " give --host and --port."
    )
