"""The registry of all connections, and what Twisted asks of one."""

from __future__ import annotations

import json

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.protocols.basic import LineReceiver
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from classchat.core.entries import Left
from classchat.core.notices import Connected, Registered
from classchat.limits import Limits
from tests.unit.servers.helpers import PlainSite, Server, ask, register


class ConnectionTests(SynchronousTestCase):
    """The settings and console lines of a new connection."""

    def test_the_operator_reads_each_connection(self) -> None:
        """The address is shown as the first version showed it."""
        server = Server()
        for address in (
            IPv4Address("TCP", "127.0.0.1", 54321),
            IPv6Address("TCP", "::1", 54321),
            UNIXAddress(b"/run/classchat.sock"),
        ):
            server.is_called(address)

        assert [
            Connected("('127.0.0.1', 54321)"),
            Connected("('::1', 54321)"),
            Connected("a local socket"),
        ] == server.notices

    def test_the_operator_reads_no_line_for_the_page(self) -> None:
        """A connection that loads the page is not shown; one that chats is, before its user is registered."""
        server = Server(site=PlainSite())
        browser = server.is_visited()
        browser.asks("GET / HTTP/1.1", "Host: localhost")
        server.clock.advance(server.chat.limits.first_bytes)
        chats = server.is_visited()
        chats.opens()
        chats.says(register("Alice"))
        server.signs_in("Bob")

        shown = [type(notice) for notice in server.notices]
        assert [Connected, Registered, Connected, Registered] == shown

    def test_the_operator_reads_of_silent_connections(self) -> None:
        """One that sends nothing is shown after a second, or when it ends; each in its time, and once."""
        server = Server(Limits(first_bytes=2.0).without_guard(), site=PlainSite())
        callers, shown = [], []
        for port, seconds in ((1, 1.0), (2, 1.0), (3, 0.5), (4, 0.5)):
            callers.append(server.is_called(IPv4Address("TCP", "127.0.0.1", port)))
            server.clock.advance(seconds)
            shown.append(len(server.notices))
        callers[3].drops()
        server.clock.advance(2.0)
        callers[0].drops()

        assert ([0, 1, 1, 2], [1, 2, 4, 3]) == (
            shown,
            [
                int(notice.address.split(", ")[1][:-1])
                for notice in server.notices
                if isinstance(notice, Connected)
            ],
        )

    def test_connections_are_counted_by_what_they_speak(self) -> None:
        """The census has a number for each dialect, for visits, and for those that have said nothing."""
        server = Server(Limits().without_guard(), site=PlainSite())
        server.is_called()
        server.is_visited().asks("GET / HTTP/1.1", "Host: localhost")
        browser = server.is_visited()
        browser.opens()
        _, gone = server.signs_in("Alice", "Bob")
        gone.drops()

        plain = {one.door: number for one, number in server.factory.census().items() if not one.encrypted}
        assert {"unknown": 1, "http": 1, "websocket": 1, "json": 1} == plain

    def test_small_answers_do_not_wait(self) -> None:
        """TCP sockets do not delay small writes, and notice dead cables; a local socket has no options."""
        server = Server()
        tcp, tcp6, local = (
            server.is_called(address).wire
            for address in (
                IPv4Address("TCP", "127.0.0.1", 1),
                IPv6Address("TCP", "::1", 1),
                UNIXAddress(b"/run/classchat.sock"),
            )
        )

        assert [(True, True), (True, True), (False, False)] == [
            (w.no_delay, w.keep_alive) for w in (tcp, tcp6, local)
        ]


class ProtocolTests(SynchronousTestCase):
    """The methods of a connection that Twisted calls."""

    def setUp(self) -> None:
        """Begin with Alice."""
        self.server = Server()
        (self.alice,) = self.server.signs_in("Alice")

    def test_it_can_be_closed_by_half(self) -> None:
        """Twisted asks a protocol whether it knows of halves, and closes the whole connection if not."""
        assert verifyObject(IHalfCloseableProtocol, self.alice.protocol)

    def test_it_receives_lines(self) -> None:
        """A protocol is a LineReceiver, and takes a line that was split before."""
        self.alice.protocol.lineReceived(json.dumps(ask("ping")).encode())

        assert (True, ["pong"]) == (
            isinstance(self.alice.protocol, LineReceiver),
            self.alice.hears_texts("success"),
        )


class FactoryTests(SynchronousTestCase):
    """One chat for all connections, and the end of it."""

    def setUp(self) -> None:
        """Start with a new server."""
        self.server = Server()
        self.factory = self.server.factory

    def test_all_connections_share_one_chat(self) -> None:
        """The factory has the registries of users and rooms, and the limits."""
        (alice,) = self.server.signs_in("Alice")
        self.server.room("CS350", alice)

        assert (self.server.chat.users, self.server.chat.rooms) == (self.factory.users, self.factory.rooms)
        assert ("Alice", "CS350") == (
            self.factory.users.find("Alice").name,
            self.factory.rooms.get("CS350").name,
        )
        assert Limits().without_guard() == self.factory.limits

    def test_whether_clients_should_come(self) -> None:
        """They should not from the moment when the chat is closed until the server has another one."""
        ready = [self.factory.chat.is_ready()]
        self.factory.shut_down()
        ready.append(self.factory.chat.is_ready())
        self.factory.use(Server().chat)
        ready.append(self.factory.chat.is_ready())

        assert [True, False, True] == ready

    def test_no_connections(self) -> None:
        """A server without connections is shut down at once."""
        self.successResultOf(self.factory.shut_down())

    def test_all_are_told(self) -> None:
        """All clients, signed in or not, are told, and none is told that others leave."""
        alice, bob = self.server.signs_in("Alice", "Bob")
        self.server.room("CS350", alice, bob)
        newcomer = self.server.is_called()
        self.factory.shut_down()
        self.server.turn()

        for caller in (alice, bob, newcomer):
            assert ["shutting_down"] == [event.get("code") for event in caller.hears()]
            assert "half closed" == caller.wire.closing
        assert [] == self.server.users()
        assert [] == [notice for notice in self.server.notices if isinstance(notice, Left)]

    def test_it_is_done_when_the_last_connection_is_closed(self) -> None:
        """The shutdown waits for all connections."""
        alice, bob = self.server.signs_in("Alice", "Bob")
        done = self.factory.shut_down()
        alice.drops()
        self.assertNoResult(done)
        bob.drops()

        self.successResultOf(done)

    def test_it_takes_no_longer_than_a_good_bye(self) -> None:
        """A client that does not close is cut off, so that the shutdown ends."""
        (alice,) = self.server.signs_in("Alice")
        done = self.factory.shut_down()
        self.server.passes(2)
        closing = alice.wire.closing
        alice.drops()

        assert "aborted" == closing
        self.successResultOf(done)
        assert [] == self.server.clock.getDelayedCalls()

    def test_no_timer_outlives_it(self) -> None:
        """The timers that stay for the next client, when the last one has left, are stopped."""
        (alice,) = self.server.signs_in("Alice")
        alice.drops()
        before = len(self.server.clock.getDelayedCalls())
        self.factory.shut_down()

        assert (2, []) == (before, self.server.clock.getDelayedCalls())

    def test_a_client_that_is_leaving_already_is_waited_for(self) -> None:
        """A connection that is closing is sent nothing more, and the shutdown waits for it, too."""
        (alice,) = self.server.signs_in("Alice")
        alice.sends(ask("quit"))
        self.server.turn()
        done = self.factory.shut_down()
        self.assertNoResult(done)
        alice.drops()

        self.successResultOf(done)
        assert [] == alice.hears()

    def test_a_client_that_hangs_up_while_being_told_is_waited_for_once(self) -> None:
        """Connections that are lost while all are told do no harm."""
        callers = self.server.signs_in("Alice", "Bob", "Carol")
        for caller in callers:
            caller.drops_when_written_to()
        done = self.factory.shut_down()

        self.successResultOf(done)
        assert [] == self.server.users()

    def test_connections_come_and_go_without_shutting_down(self) -> None:
        """The last connection that closes ends nothing by itself."""
        (alice,) = self.server.signs_in("Alice")
        alice.drops()
        (bob,) = self.server.signs_in("Bob")

        assert (["Bob"], "open") == (self.server.users(), bob.wire.closing)
