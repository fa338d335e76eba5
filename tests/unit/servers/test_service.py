"""The service: listening, and stopping without losing anything that was accepted."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IListeningPort, IProtocolFactory, IStreamServerEndpoint
from twisted.internet.testing import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from classchat.core.journal_port import CannotOpen
from classchat.core.notices import (
    Browsable,
    Certified,
    Disconnected,
    Joinable,
    Keeping,
    OnlyHere,
    Started,
    Stopping,
    Unclaimed,
    Waiting,
)
from classchat.core.stored import StoredAccount
from classchat.servers import service as service_module
from classchat.servers.browsing import PageLinks
from classchat.servers.certificates import Certificate, CertificateError, Passing
from classchat.servers.service import CannotStart, ChatService
from classchat.servers.tls import Encryption
from tests.unit.servers.helpers import Server, ask


@implementer(IListeningPort)
class Port:
    """A port that stops listening when it is told."""

    def __init__(self, address: IAddress) -> None:
        self.address = address
        self.stopping: Deferred[None] | None = None

    def startListening(self) -> None:
        """Listen already."""

    def stopListening(self) -> Deferred[None]:
        """Stop when the test says so."""
        self.stopping = Deferred()
        return self.stopping

    def getHost(self) -> IAddress:
        """Return where it listens."""
        return self.address


@implementer(IStreamServerEndpoint)
class SlowEndpoint:
    """An endpoint that listens late."""

    def __init__(self) -> None:
        self.listening: Deferred[Port] = Deferred()

    def listen(self, factory: IProtocolFactory) -> Deferred[Port]:
        """Return a Deferred that the test fires."""
        return self.listening


@implementer(IStreamServerEndpoint)
class Endpoint:
    """An endpoint with one port, or one problem."""

    def __init__(self, outcome: Port | Exception) -> None:
        self.outcome = outcome
        self.factory: IProtocolFactory | None = None

    def listen(self, factory: IProtocolFactory) -> Deferred[Port]:
        """Return the one port, or the one problem."""
        self.factory = factory
        return fail(self.outcome) if isinstance(self.outcome, Exception) else succeed(self.outcome)


class ChatServiceTests(SynchronousTestCase):
    """One chat, on all its endpoints."""

    def setUp(self) -> None:
        """Start with a new server."""
        self.server = Server()
        self.ports: list[Port] = []

    def _service(self, *outcomes: IAddress | Exception) -> ChatService:
        self.ports = [Port(outcome) for outcome in outcomes if not isinstance(outcome, Exception)]
        ports = iter(self.ports)
        self.endpoints = [
            Endpoint(outcome if isinstance(outcome, Exception) else next(ports)) for outcome in outcomes
        ]
        places = {f"place {number}": endpoint for number, endpoint in enumerate(self.endpoints)}
        return ChatService(self.server.factory, places, self.server.notices.extend)

    def _started(self, *outcomes: IAddress | Exception) -> ChatService:
        service = self._service(*outcomes)
        service.privilegedStartService()
        service.startService()
        return service

    def _ports_stop(self) -> None:
        for port in self.ports:
            assert port.stopping is not None
            port.stopping.callback(None)

    # Starting.

    def test_it_listens_on_all_its_endpoints(self) -> None:
        """Every endpoint gets the one factory, before the start: a low port needs rights that end then."""
        service = self._service(IPv4Address("TCP", "127.0.0.1", 5555), UNIXAddress(b"/run/c"))
        service.privilegedStartService()

        assert [self.server.factory] * 2 == [endpoint.factory for endpoint in self.endpoints]
        assert [] == self.server.notices

    def test_the_operator_reads_where_it_listens(self) -> None:
        """Each address is shown once, as a user has to write it, then that the server waits."""
        service = self._started(
            IPv4Address("TCP", "127.0.0.1", 5555),
            IPv6Address("TCP", "::1", 5555),
            UNIXAddress(b"/run/classchat.sock"),
            UNIXAddress(None),
            "a pigeon loft",  # type: ignore[arg-type]
        )

        addresses = ["127.0.0.1:5555", "[::1]:5555", "unix:/run/classchat.sock", "unix:", "a pigeon loft"]
        assert [*map(Started, addresses), Waiting()] == self.server.notices
        assert service.running

    def test_operators_whose_names_are_not_claimed(self) -> None:
        """At the start the console shows each operator that has no account."""
        self.server.chat.accounts.restore(StoredAccount("alice", "Alice", 1, 0), 0.0)
        places = {"place": Endpoint(Port(IPv4Address("TCP", "127.0.0.1", 5555)))}
        service = ChatService(self.server.factory, places, self.server.notices.extend, ["Opal", "ALICE"])
        service.privilegedStartService()
        service.startService()

        assert [OnlyHere(5555), Unclaimed("Opal", claimable=False)] == self.server.notices[2:]

    def test_only_this_machine(self) -> None:
        """If only this machine can connect, the console shows how others could, and the journal's place."""
        here, inside = IPv4Address("TCP", "127.0.0.1", 7), IPv6Address("TCP", "::1", 7)
        outside = IPv4Address("TCP", "192.0.2.1", 7)
        for addresses, said in (
            ([here], [OnlyHere(7)]),
            ([inside, UNIXAddress(b"/run/c")], [OnlyHere(7)]),
            ([here, outside], []),
            ([IPv4Address("TCP", "0.0.0.0", 7)], []),
            ([UNIXAddress(b"/run/c")], []),
        ):
            self.server.notices.clear()
            service = self._service(*addresses)
            service._keeping = Keeping("/c.sqlite")
            service.privilegedStartService()
            service.startService()

            assert [Waiting(), *said, Keeping("/c.sqlite")] == self.server.notices[len(addresses) :]

    def test_an_address_that_is_taken(self) -> None:
        """A server that can't listen says where, why and what to do, in a sentence."""
        for problem, why in (
            (CannotListenError("127.0.0.1", 1, OSError(98, "Address in use")), "Address in use"),
            (CannotListenError(None, b"/run/c", "Cannot acquire lock"), "Cannot acquire lock"),
            (FileNotFoundError(2, "No such file or directory", "/run/c.lock"), "No such file or directory"),
            (ValueError("no such luck"), "no such luck"),
        ):
            service = self._service(IPv4Address("TCP", "127.0.0.1", 1), problem)

            with pytest.raises(CannotStart) as caught:
                service.privilegedStartService()

            sentence = (
                f"Can't listen on place 1: {why}. Choose another address with --host, --port or --listen."
            )
            assert sentence == str(caught.value)
            assert [True] == [port.stopping is not None for port in self.ports]

    def test_a_journal_that_can_not_be_opened(self) -> None:
        """A server that can't open the journal says why in a sentence, and stops listening."""

        def refuse(*_: object) -> None:
            raise CannotOpen("The journal 'j' is locked by another program: close that program first.")

        self.patch(self.server.chat.journal, "open", refuse)
        service = self._service(IPv4Address("TCP", "127.0.0.1", 5555), UNIXAddress(b"/run/c"))
        service.privilegedStartService()
        with pytest.raises(CannotStart) as caught:
            service.startService()

        sentence = "classchat: The journal 'j' is locked by another program: close that program first."
        assert (sentence, False, []) == (str(caught.value), bool(service.running), self.server.notices)
        assert [True, True] == [port.stopping is not None for port in self.ports]

    def test_a_server_that_can_not_start_ends_the_process_with_a_sentence(self) -> None:
        """The interpreter prints a SystemExit's sentence, no traceback, and a daemon tells any Exception."""
        error = CannotStart("It rains.")

        assert ("It rains.", True, True) == (
            error.code,
            isinstance(error, SystemExit),
            isinstance(error, Exception),
        )

    # Stopping.

    def test_an_idle_server_stops_when_its_ports_have(self) -> None:
        """The console shows that the server stops, which then waits for the ports."""
        service = self._started(IPv4Address("TCP", "127.0.0.1", 5555), UNIXAddress(b"/run/c"))
        stopped = service.stopService()
        self.assertNoResult(stopped)
        self._ports_stop()

        self.successResultOf(stopped)
        assert (Stopping(), False) == (self.server.notices[-1], service.running)

    def test_a_server_without_ports_stops(self) -> None:
        """A server without ports stops, too."""
        self.successResultOf(self._started().stopService())

    def test_no_client_is_hung_up_on_while_others_can_connect(self) -> None:
        """Clients are told when no port listens any more, so that none is missed."""
        (alice,) = self.server.signs_in("Alice")
        service = self._started(IPv4Address("TCP", "127.0.0.1", 5555))
        service.stopService()
        (bob,) = self.server.signs_in("Bob")
        before = alice.hears_codes()
        self._ports_stop()

        assert ([], ["shutting_down"], ["shutting_down"]) == (before, alice.hears_codes(), bob.hears_codes())

    def test_what_was_accepted_is_delivered_first(self) -> None:
        """All clients are sent what was accepted before the reason why the server closes."""
        alice, bob = self.server.signs_in("Alice", "Bob")
        self.server.room("CS350", alice, bob)
        service = self._started(IPv4Address("TCP", "127.0.0.1", 5555))
        alice.sends(ask("group", "CS350", "last words", id="7"))
        service.stopService()
        self._ports_stop()
        self.server.turn()

        assert ["last words"] == bob.hears_texts("group")
        assert (["shutting_down"],) * 2 == (alice.hears_codes(), bob.hears_codes())
        assert ["error", "group"] == [event["status"] for event in bob.hears()][::-1]
        assert ["7"] == [event["id"] for event in alice.hears("success")]

    def test_it_has_stopped_when_the_last_has_gone(self) -> None:
        """Stopping waits until all connections are closed or cut off; the console shows each."""
        (alice,) = self.server.signs_in("Alice")
        service = self._started(IPv4Address("TCP", "127.0.0.1", 5555))
        stopped = service.stopService()
        self._ports_stop()
        self.assertNoResult(stopped)
        self.server.passes(2)
        closing = alice.wire.closing
        alice.drops()

        self.successResultOf(stopped)
        assert "aborted" == closing
        assert [Stopping(), Disconnected("Alice")] == self.server.notices[-2:]

    def test_a_command_that_waits_is_answered_before_the_good_bye(self) -> None:
        """A join that was granted takes effect and is answered before the connection closes."""
        alice, bob = self.server.signs_in("Alice", "Bob")
        self.server.room("CS350", alice)
        service = self._started(IPv4Address("TCP", "127.0.0.1", 5555))
        bob.sends(ask("join", "CS350", id="7"))
        service.stopService()
        self._ports_stop()
        self.server.turn()

        assert ["success", "group", "error"] == [event["status"] for event in bob.hears()]

    def test_a_journal_that_hangs(self) -> None:
        """Stopping waits only for a while for what can't be saved; then it hangs up on all clients."""
        self.patch(self.server.chat.journal, "settled", Deferred)
        (alice,) = self.server.signs_in("Alice")
        service = self._started(IPv4Address("TCP", "127.0.0.1", 5555))
        service.stopService()
        self._ports_stop()
        self.server.passes(9.9)
        before = alice.hears_codes()
        self.server.passes(0.1)

        assert ([], ["shutting_down"]) == (before, alice.hears_codes())

    def test_the_journal_is_closed_last(self) -> None:
        """The journal still takes what the last leaving user writes to it."""
        closed: list[list[str]] = []

        async def close() -> None:
            closed.append(self.server.users())

        self.patch(self.server.chat.journal, "close", close)
        (alice,) = self.server.signs_in("Alice")
        service = self._started()
        stopped = service.stopService()
        before = list(closed)
        alice.drops()

        self.successResultOf(stopped)
        assert ([], [[]]) == (before, closed)

    def test_a_problem_that_comes_too_late(self) -> None:
        """An endpoint that fails after the start does not stop the others, and is logged."""
        endpoint = SlowEndpoint()
        service = ChatService(self.server.factory, {"place": endpoint}, self.server.notices.extend)
        service.privilegedStartService()
        service.startService()
        endpoint.listening.errback(
            CannotListenError("127.0.0.1", 5555, OSError(98, "Address already in use"))
        )

        assert 1 == len(self.flushLoggedErrors(CannotListenError))


class Source(Passing):
    """A source with an operator's certificate, or one that can't be used."""

    def __init__(self, is_there: bool = False, lasts: bool = True) -> None:
        super().__init__()
        self.is_there = is_there
        self.lasts = lasts
        self.problem: str | None = None

    def load(self) -> Certificate:
        """Return the certificate, unless there is a problem."""
        if self.problem is not None:
            raise CertificateError(self.problem)
        return super().load()


class Reactor(Clock):
    """A reactor as a signal handler sees it."""

    stopped = False

    def callFromThread(self, call: Callable[[], object]) -> None:
        """Call the function at once."""
        call()

    def stop(self) -> None:
        """Stop."""
        self.stopped = True


class CertificateTests(SynchronousTestCase):
    """The service and its certificate."""

    def _service(self, source: Source, *addresses: IAddress, names: list[str] | None = None) -> ChatService:
        self.server = Server(encryption=Encryption(source))
        self.reactor = self.server.factory.clock = Reactor()
        self.ports = [Port(address) for address in addresses]
        places = {f"place {number}": Endpoint(port) for number, port in enumerate(self.ports)}
        self.hung_up: list[Callable[[], None]] = []
        self.deaf = False

        def on_hangup(*calls: Callable[[], None]) -> Callable[[], None]:
            self.hung_up.extend(calls)
            return lambda: setattr(self, "deaf", True)

        self.patch(service_module, "on_hangup", on_hangup)
        own = ["198.51.100.7", "203.0.113.7"]
        encryption = self.server.factory.encryption
        pages = PageLinks(encryption, names, lambda: own) if names and encryption else None
        return ChatService(self.server.factory, places, self.server.notices.extend, pages=pages)

    def _started(self, source: Source, *addresses: IAddress) -> ChatService:
        service = self._service(source, *addresses)
        service.privilegedStartService()
        service.startService()
        return service

    def test_how_to_join(self) -> None:
        """After the classic lines the console shows the fingerprint, and each address for other machines."""
        source = Source()
        self._started(
            source, IPv4Address("TCP", "192.0.2.1", 1), IPv6Address("TCP", "::1", 2), UNIXAddress(b"/run/c")
        )
        fingerprint = source.load().fingerprint

        assert [
            Waiting(),
            Certified(fingerprint),
            Joinable("192.0.2.1:1", fingerprint),
            Joinable("[::1]:2", fingerprint),
        ] == self.server.notices[3:]

    def test_a_certificate_that_does_not_last(self) -> None:
        """The console says that a certificate is new with each start."""
        self._started(Source(lasts=False))

        assert [False] == [notice.kept for notice in self.server.notices if isinstance(notice, Certified)]

    def test_all_addresses(self) -> None:
        """A server on all addresses is joined at this machine's own address, if it has one."""
        for main, place in (("198.51.100.7", "198.51.100.7:5"), (None, "HOST:5")):
            self.patch(service_module, "main_address", {socket.AF_INET: main}.get)
            self._started(Source(), IPv4Address("TCP", "0.0.0.0", 5))

            assert [place] == [one.address for one in self.server.notices if isinstance(one, Joinable)]

    def test_links_to_the_page(self) -> None:
        """The links to the page follow the lines for terminals, and come again with another certificate."""
        service = self._service(Source(), IPv4Address("TCP", "0.0.0.0", 5), names=["chat"])
        service.privilegedStartService()
        service.startService()
        links = ["http://chat:5/", "http://198.51.100.7:5/", "http://203.0.113.7:5/"]
        first = [type(notice) for notice in self.server.notices]
        look_again, _ = self.hung_up
        look_again()

        assert links * 2 == [one.link for one in self.server.notices if isinstance(one, Browsable)]
        assert [Started, Waiting, Certified, Joinable, Browsable, Browsable, Browsable] == first

    def test_no_page(self) -> None:
        """A server without a page shows no links."""
        self._started(Source(), IPv4Address("TCP", "192.0.2.1", 5))

        assert not any(isinstance(notice, Browsable) for notice in self.server.notices)

    def test_a_certificate_of_the_operators_that_can_not_be_used(self) -> None:
        """The sentence comes before the server listens, and before it opens the journal."""
        source = Source(is_there=True)
        source.problem = "The certificate 'c' is damaged."
        service = self._service(source, IPv4Address("TCP", "127.0.0.1", 1))
        with pytest.raises(CannotStart) as caught:
            service.privilegedStartService()

        assert "classchat: The certificate 'c' is damaged." == str(caught.value)
        assert [None] == [port.stopping for port in self.ports]

    def test_a_certificate_that_can_not_be_made(self) -> None:
        """The server says so in a sentence, and stops listening."""
        source = Source()
        source.problem = "The certificate 'c' can't be made."
        service = self._service(source, IPv4Address("TCP", "127.0.0.1", 1))
        service.privilegedStartService()
        with pytest.raises(CannotStart) as caught:
            service.startService()

        assert "classchat: The certificate 'c' can't be made." == str(caught.value)
        assert [True] == [port.stopping is not None for port in self.ports]

    def test_looking_again(self) -> None:
        """On SIGHUP the certificate is read again and shown; a bad one is not used."""
        source = Source()
        self._started(source, IPv4Address("TCP", "127.0.0.1", 1))
        look_again, _ = self.hung_up
        self.server.notices.clear()
        look_again()
        told = [type(notice) for notice in self.server.notices]
        source.problem = "no"
        look_again()

        assert [Certified, Joinable] == told == [type(notice) for notice in self.server.notices]

    def test_the_end_of_the_terminal(self) -> None:
        """A server whose terminal is closed stops as with Ctrl+C."""
        self._started(Source())
        _, stop = self.hung_up
        stop()

        assert self.reactor.stopped

    def test_signals_are_left_alone_when_it_is_over(self) -> None:
        """A server that has stopped handles no signals."""
        service = self._started(Source())
        service.stopService()

        assert self.deaf
