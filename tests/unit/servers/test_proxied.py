"""Connections through proxies: the address that a PROXY header says counts, and nothing without a header."""

from __future__ import annotations

from ipaddress import ip_network

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress, INegotiated
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides

from classchat.core.notices import Connected, Crowded, Registered, Unprefaced
from classchat.limits import Limits
from classchat.servers.proxies import UNIX
from classchat.servers.tls import Plaintext
from tests.unit.servers.helpers import (
    Browser,
    Caller,
    EncryptedCaller,
    PlainSite,
    Server,
    Wire,
    ask,
    encrypting,
    register,
)
from tests.unit.servers.test_proxy_header import LINE, block, tcp4, tcp6

PROXIES = [ip_network("10.0.0.0/24"), ip_network("127.0.0.1")]
HAPROXY = IPv4Address("TCP", "10.0.0.2", 40_000)
"""A proxy on another machine."""
HERE = IPv4Address("TCP", "127.0.0.1", 40_000)
"""A proxy on the server's machine."""
HEALTHY = block(0x20, 0x00, b"")
"""The header of a health check."""
SELF = b"PROXY TCP4 10.0.0.2 10.0.0.3 40000 5555\r\n"
"""The header of HAProxy's health check with version 1: the client is the proxy's end of the connection."""


def proxied(limits: Limits | None = None, **how: object) -> Server:
    """Return a server behind proxies."""
    return Server(limits, proxies=[*PROXIES, UNIX], **how)  # type: ignore[arg-type]


class HeaderTests(SynchronousTestCase):
    """The header comes first, in any pieces."""

    def test_the_client_is_where_the_header_says(self) -> None:
        """Either version counts, from each of the proxies; the operator reads the client's address."""
        for header, shown in (
            (LINE, "('203.0.113.9', 50123)"),
            (tcp4("203.0.113.9", 7), "('203.0.113.9', 7)"),
            (tcp6("2001:db8::9", 7), "('2001:db8::9', 7)"),
        ):
            for address in (HAPROXY, HERE, UNIXAddress(b"/run/classchat.sock")):
                server = proxied()
                client = server.is_called(address)
                client.sends_bytes(header + b"Alice\n")

                assert [Connected(shown), Registered("Alice")] == server.notices

    def test_any_pieces(self) -> None:
        """A client hears the same when every byte comes alone."""
        server = proxied()
        alice = server.is_called(HAPROXY)
        for byte in tcp4("203.0.113.9", 7, b"fields") + b'{"status":"register","sender":"Alice"}\n':
            alice.sends_bytes(bytes([byte]))

        assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts("success")

    def test_the_settings_of_the_socket(self) -> None:
        """Small answers do not wait, as on every TCP connection; a Unix socket has no such settings."""
        server = proxied()
        tcp, local = (server.is_called(address) for address in (HAPROXY, UNIXAddress(b"/run/c.sock")))
        for client in (tcp, local):
            client.sends_bytes(LINE)

        assert [(True, True), (False, False)] == [(c.wire.no_delay, c.wire.keep_alive) for c in (tcp, local)]

    def test_tls_behind_the_header(self) -> None:
        """The header is read before TLS, which follows it in the same piece or in another one."""
        for together in (True, False):
            server = proxied(encryption=encrypting())
            alice = EncryptedCaller(server, HAPROXY)
            if not together:
                alice.sends_raw(LINE)
            alice._sent = LINE if together else b""
            alice.calls()
            alice.sends(register("Alice"))

            assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts("success")

    def test_the_page(self) -> None:
        """HTTP and WebSocket come through as well, and the site sees the client's address."""
        site = PlainSite()
        server = proxied(site=site)
        browser = Browser(server, HAPROXY)
        browser.sends_bytes(LINE)
        browser.opens()
        browser.says(register("Alice"))

        assert (["Welcome to ClassChat, Alice!"], [IPv4Address("TCP", "203.0.113.9", 50_123)]) == (
            browser.hears_texts("success"),
            [request.peer for request in site.asked],
        )

    def test_other_addresses_send_no_header(self) -> None:
        """From anywhere else a header is read as the invalid name that it is."""
        server = proxied()
        for address in (IPv4Address("TCP", "10.0.1.2", 1), IPv6Address("TCP", "::1", 1)):
            mallory = server.is_called(address)
            mallory.sends_bytes(LINE)

            assert (["invalid_name"], "half closed") == (mallory.hears_codes(), mallory.wire.closing)

    def test_only_one_header(self) -> None:
        """A client that writes a header itself is where the proxy says; its own is an invalid name."""
        server = proxied()
        mallory = server.is_called(HAPROXY)
        mallory.sends_bytes(LINE + b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n")

        assert (["invalid_name"], [Connected("('203.0.113.9', 50123)")]) == (
            mallory.hears_codes(),
            server.notices,
        )


class AddressTests(SynchronousTestCase):
    """What depends on addresses depends on the client's."""

    def _calls(self, server: Server, proxy: IAddress, header: bytes) -> Caller:
        client = server.is_called(proxy)
        client.sends_bytes(header)
        return client

    def test_each_client_is_counted(self) -> None:
        """Connections are counted under the addresses of clients, and are free again when these leave."""
        server = proxied(Limits(connections_of_address=2))
        one, _, third = (self._calls(server, HERE, tcp4("203.0.113.9", port)) for port in (1, 2, 3))
        other = self._calls(server, HERE, tcp4("203.0.113.10", 1))
        one.drops()
        fourth = self._calls(server, HERE, tcp4("203.0.113.9", 4))

        assert ([["too_many"], [], []], [Crowded("203.0.113.9", "2 connections")]) == (
            [client.hears_codes() for client in (third, other, fourth)],
            [notice for notice in server.notices if isinstance(notice, Crowded)],
        )

    def test_attempts_are_counted_where_the_client_is(self) -> None:
        """Names are registered, and passwords tried, from the address of the client, not from the proxy's."""
        server = proxied(Limits(claims_of_address=1))
        codes = []
        for name, host in (("Alice", "203.0.113.9"), ("Bob", "203.0.113.9"), ("Carol", "203.0.113.10")):
            client = self._calls(server, HERE, tcp4(host, 1))
            client.sends(register(name), ask("claim", text="correct horse battery"))
            server.turn()
            codes.append(client.hears_codes())

        assert [[], ["too_many"], []] == codes

    def test_plain_text_of_a_machine_far_away(self) -> None:
        """`--plaintext local` means the client's machine, not the proxy's."""
        server = proxied(encryption=encrypting(Plaintext.LOCAL))
        far, near = (self._calls(server, HERE, tcp4(host, 1)) for host in ("203.0.113.9", "127.0.0.1"))
        for client, name in ((far, "Alice"), (near, "Bob")):
            client.sends(register(name))

        assert (["tls_required"], ["Welcome to ClassChat, Bob!"]) == (
            far.hears_codes(),
            near.hears_texts("success"),
        )

    def test_loopback_of_another_machine(self) -> None:
        """A loopback address in the header of a remote proxy is not ours: the proxy's address counts."""
        server = proxied(encryption=encrypting(Plaintext.LOCAL))
        far = self._calls(server, HAPROXY, tcp4("127.0.0.1", 1))
        far.sends(register("Alice"))

        assert (["tls_required"], [Connected("('10.0.0.2', 40000)")]) == (far.hears_codes(), server.notices)

    def test_a_proxy_that_speaks_for_itself(self) -> None:
        """A header without an address leaves the proxy's own, once anything follows it."""
        for header in (HEALTHY, SELF, b"PROXY UNKNOWN\r\n", block(0x21, 0x31, bytes(216))):
            for together in (True, False):
                server = proxied()
                client = server.is_called(HAPROXY)
                for data in [header + b"Alice\n"] if together else [header, b"Alice\n"]:
                    client.sends_bytes(data)

                assert ["Welcome to ClassChat, Alice!"] == client.hears_texts()
                assert [Connected("('10.0.0.2', 40000)"), Registered("Alice")] == server.notices


class WithoutHeaderTests(SynchronousTestCase):
    """What has no header has no conversation."""

    def test_a_missing_header(self) -> None:
        """A client in the network of proxies that sends no header is disconnected; the operator reads why."""
        server = proxied()
        client = server.is_called(HAPROXY)
        client.sends(register("Alice"))

        assert (b"", "aborted", [Unprefaced("('10.0.0.2', 40000)", "is missing")]) == (
            client.wire.value(),
            client.wire.closing,
            server.notices,
        )

    def test_slow_headers(self) -> None:
        """A header has as much time as the first bytes of any connection, however many pieces come."""
        for data, why in ((b"", "is missing after 1 s"), (LINE[:-1], "is not complete after 1 s")):
            server = proxied()
            client = server.is_called(HAPROXY)
            client.sends_bytes(data[:3])
            server.passes(0.9)
            client.sends_bytes(data[3:])
            still_open = client.wire.closing
            server.passes(0.2)
            server.passes(0.2)

            assert ("open", "aborted", [Unprefaced("('10.0.0.2', 40000)", why)]) == (
                still_open,
                client.wire.closing,
                server.notices,
            )

    def test_a_busy_server(self) -> None:
        """A header that has arrived in time counts, even if the server reads it too late."""
        server = proxied()
        client = server.is_called(HAPROXY)
        server.clock.advance(30.0)
        client.sends_bytes(LINE + b"Alice\n")
        server.passes(1.0)

        assert ["Welcome to ClassChat, Alice!"] == client.hears_texts()

    def test_an_endpoint_that_begins_with_tls(self) -> None:
        """A header comes before TLS, so that `ssl:` can't take one: the operator reads that."""
        server = proxied()
        wire = Wire(HAPROXY)
        directlyProvides(wire, INegotiated)
        server.factory.buildProtocol(HAPROXY).makeConnection(wire)
        (notice,) = server.notices

        assert ("aborted", True) == (wire.closing, "begins with TLS" in str(notice))
        assert [] == server.clock.getDelayedCalls()

    def test_health_checks_are_silent(self) -> None:
        """A proxy that connects and disconnects, with a header of its own or none, is not worth a line."""
        server = proxied(site=PlainSite())
        for data in (b"", HEALTHY, b"PROXY UNKNOWN\r\n", SELF, LINE[:5]):
            client = server.is_called(HAPROXY)
            client.sends_bytes(data)
            client.drops()
        server.passes(60.0)

        assert ([], []) == (server.notices, server.clock.getDelayedCalls())

    def test_a_health_check_that_stays(self) -> None:
        """A proxy that says nothing after its header is disconnected, as anyone is who does not sign in."""
        server = proxied()
        client = server.is_called(HAPROXY)
        client.sends_bytes(HEALTHY)
        server.passes(29.0)
        before = client.wire.closing
        server.passes(2.0)

        assert ("open", "aborted", []) == (before, client.wire.closing, server.notices)

    def test_a_flood_fills_no_disk(self) -> None:
        """A thousand connections without a header make twenty lines for the operator."""
        server = proxied()
        for _ in range(1_000):
            server.is_called(HAPROXY).sends_bytes(b"Alice\n")
        many = len(server.notices)
        server.passes(10.0)
        server.is_called(HAPROXY).sends_bytes(b"Alice\n")

        assert (20, 21) == (many, len(server.notices))

    def test_connections_without_a_header_are_bounded(self) -> None:
        """Those whose header is not complete count as connections, and are refused beyond that number."""
        server = proxied(Limits(connections=2))
        callers = [server.is_called(HAPROXY) for _ in range(3)]
        callers[0].drops()
        after = server.is_called(HAPROXY)

        assert (["open", "open", "closed"], "open") == (
            [caller.wire.closing for caller in callers],
            after.wire.closing,
        )
        assert ["too_many"] == callers[2].hears_codes()

    def test_the_end_of_the_server(self) -> None:
        """A server that stops waits for no header."""
        server = proxied()
        callers = [server.is_called(HAPROXY) for _ in range(2)]
        callers[1].sends_bytes(HEALTHY)
        stopped = server.factory.shut_down()

        assert (["aborted", "aborted"], []) == (
            [caller.wire.closing for caller in callers],
            server.clock.getDelayedCalls(),
        )
        self.successResultOf(stopped)
