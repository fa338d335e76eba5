"""TLS and plain text on one port, with OpenSSL at the other end, and no network between."""

from __future__ import annotations

import gc
import weakref

import pytest
from OpenSSL import SSL
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.interfaces import IAddress, INegotiated
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides

from classchat.limits import Limits
from classchat.servers.tls import Encryption, Plaintext
from tests.unit.servers.helpers import (
    Caller,
    EncryptedCaller,
    Server,
    Wire,
    ask,
    client_context,
    encrypting,
    register,
)

ELSEWHERE = IPv4Address("TCP", "192.0.2.7", 5)


def private(to: str, text: str) -> dict[str, str]:
    """Return a request to send a user a private message."""
    return ask("private", to, text)


class FirstByteTests(SynchronousTestCase):
    """Decisions by the first byte of a connection."""

    def setUp(self) -> None:
        """Start with a new server."""
        self.server = Server(encryption=encrypting())

    def test_plain_text_is_as_ever(self) -> None:
        """A connection that begins with anything but a TLS record is lines, from its first byte on."""
        alice = self.server.is_called()
        alice.sends("Alice")

        assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts("success")

    def test_a_line_in_pieces(self) -> None:
        """The first byte may come alone."""
        alice = self.server.is_called()
        for byte in b"Alice\n":
            alice.sends_bytes(bytes([byte]))

        assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts("success")

    def test_tls(self) -> None:
        """A connection that begins with a TLS record is the same lines in records, both ways."""
        alice = self.server.is_called_with_tls()
        alice.sends("Alice")

        assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts("success")
        assert b"Welcome" not in alice.wire.value()

    def test_the_first_byte_of_tls_alone(self) -> None:
        """One byte is enough to recognize TLS; the rest of the handshake may follow later."""
        caller = EncryptedCaller(self.server)
        with pytest.raises(SSL.WantReadError):
            caller.tls.do_handshake()
        handshake = caller.tls.bio_read(65_536)
        for chunk in (b"", handshake[:1], b"", handshake[1:]):
            caller.protocol.dataReceived(chunk)
        caller.reads()
        caller.sends("Alice")

        assert (["success"], ["Alice"]) == (
            [event["status"] for event in caller.hears()],
            self.server.users(),
        )

    def test_the_first_byte_of_tls_and_no_more(self) -> None:
        """A client that sends 0x16 and is silent is hung up on in time, with nothing in plain text."""
        caller = self.server.is_called()
        caller.sends_bytes(b"\x16")
        self.server.passes(30)

        assert (b"", "half closed") == (caller.wire.value(), caller.wire.closing)

    def test_tls_inside_tls(self) -> None:
        """Data like TLS inside TLS is an invalid bare name, not a second handshake."""
        for first in (b"\x16\n", b"\x16\x03\x01\x02\x00\n"):
            caller = self.server.is_called_with_tls()
            caller.sends_bytes(first)

            assert ["invalid_name"] == caller.hears_codes()
            assert (True, "half closed") == (caller.said_good_bye, caller.wire.closing)

    def test_plain_text_after_tls(self) -> None:
        """A client that goes back to plain text is cut off: its bytes are no record."""
        caller = self.server.is_called_with_tls()
        caller.sends(register("Alice"))
        caller.sends_raw(b'{"status":"ping"}\n')
        closing = caller.wire.closing
        caller.drops()

        assert ("aborted", []) == (closing, self.server.users())

    def test_nothing_is_written_before_the_first_byte(self) -> None:
        """The server writes nothing until the client has sent something."""
        caller = EncryptedCaller(self.server)
        before = caller.wire.value()
        caller.begins()

        assert (b"", b"\x16\x03") == (before, caller.wire.value()[:2])

    def test_a_client_that_says_nothing_is_told_why_it_ends(self) -> None:
        """A client that never sends a byte is told in plain text that its time is over."""
        silent = self.server.is_called()
        self.server.passes(29.9)
        before = silent.wire.value()
        self.server.passes(0.1)

        assert (b"", ["timeout"], "half closed") == (before, silent.hears_codes(), silent.wire.closing)

    def test_a_client_that_ends_before_the_first_byte(self) -> None:
        """A client that closes its half before it sends anything is hung up on without a word."""
        silent = self.server.is_called()
        silent.closes_its_half()

        assert ("closed", []) == (silent.wire.closing, self.server.users())

    def test_a_connection_that_never_spoke_is_freed_at_once(self) -> None:
        """A connection that waits for the first byte holds no reference cycle."""
        caller = Caller(self.server, ELSEWHERE)
        protocol = weakref.ref(caller.protocol)
        gc.disable()
        try:
            caller.drops()
            del caller
            gone = protocol() is None
        finally:
            gc.enable()

        assert gone

    def test_an_endpoint_that_encrypts_already(self) -> None:
        """Inside Twisted's own TLS the first byte is that of a line, and both halves close at once."""
        wire = Wire()
        directlyProvides(wire, INegotiated)
        protocol = self.server.factory.buildProtocol(None)
        protocol.makeConnection(wire)
        protocol.dataReceived(b"two words\n")

        assert (True, "closed") == (b"invalid_name" in wire.value(), wire.closing)

    def test_no_tls(self) -> None:
        """Without a certificate, a client that begins with TLS is told at once, in plain text."""
        server = Server(encryption=Encryption(None))
        caller = EncryptedCaller(server)
        caller.begins()

        assert ["plaintext_only"] == Caller.hears_codes(Plain(caller))
        assert "half closed" == caller.wire.closing


class Plain(Caller):
    """The data that a caller received, read as plain text."""

    def __init__(self, caller: Caller) -> None:
        self.wire = caller.wire


class PlaintextTests(SynchronousTestCase):
    """Which clients may use plain text."""

    def _refused(self, plaintext: Plaintext, address: IAddress | None) -> list[str]:
        caller = Server(encryption=encrypting(plaintext)).is_called(address)
        caller.sends("Alice", private("Alice", "hello"))
        return caller.hears_codes()

    def test_any(self) -> None:
        """All clients may, unless the operator says otherwise."""
        assert [[], []] == [self._refused(Plaintext.ANY, address) for address in (ELSEWHERE, None)]

    def test_never(self) -> None:
        """No client may, and each is told so in one line, whatever it sent with its name."""
        for address in (ELSEWHERE, IPv4Address("TCP", "127.0.0.1", 5), UNIXAddress(b"/run/c")):
            assert ["tls_required"] == self._refused(Plaintext.NEVER, address)

    def test_local(self) -> None:
        """Clients on this machine may, and no others."""
        assert ["tls_required"] == self._refused(Plaintext.LOCAL, ELSEWHERE)
        assert [] == self._refused(Plaintext.LOCAL, IPv4Address("TCP", "127.0.0.1", 5))

    def test_tls_is_accepted_from_all(self) -> None:
        """A client that uses TLS is accepted from any address."""
        server = Server(encryption=encrypting(Plaintext.NEVER))
        alice = server.is_called_with_tls(address=ELSEWHERE)
        alice.sends("Alice")

        assert ["success"] == [event["status"] for event in alice.hears()]


class HandshakeTests(SynchronousTestCase):
    """Which handshakes succeed, and which do not."""

    def setUp(self) -> None:
        """Start with a new server."""
        self.server = Server(encryption=encrypting())

    def test_in_pieces(self) -> None:
        """A handshake may come byte by byte, with a name right after it."""
        caller = EncryptedCaller(self.server)
        with pytest.raises(SSL.WantReadError):
            caller.tls.do_handshake()
        for byte in caller.tls.bio_read(65_536):
            caller.sends_raw(bytes([byte]))
        caller.reads()
        caller.sends("Alice")

        assert ["Alice"] == self.server.users()
        assert ["success"] == [event["status"] for event in caller.hears()]

    def test_versions(self) -> None:
        """TLS 1.2 and 1.3 are accepted, with ciphers that have forward secrecy."""
        for version in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
            caller = self.server.is_called_with_tls(context=client_context(version))
            caller.sends(f"Alice{version}")

            assert ["success"] == [event["status"] for event in caller.hears()]
            assert "GCM" in str(caller.tls.get_cipher_name())

    def test_an_old_version(self) -> None:
        """TLS 1.1 is refused in the handshake."""
        context = client_context(SSL.TLS1_1_VERSION)
        context.set_min_proto_version(SSL.TLS1_1_VERSION)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")

        with pytest.raises(SSL.Error, match="alert protocol version"):
            self.server.is_called_with_tls(context=context)

    def test_ciphers_without_forward_secrecy(self) -> None:
        """A client that offers only RSA key exchange, or CBC, is refused in the handshake."""
        for ciphers in (b"AES256-GCM-SHA384", b"ECDHE-ECDSA-AES256-SHA"):
            context = client_context(SSL.TLS1_2_VERSION)
            context.set_cipher_list(ciphers)

            with pytest.raises(SSL.Error, match="handshake failure"):
                self.server.is_called_with_tls(context=context)

    def test_no_renegotiation(self) -> None:
        """A client of TLS 1.2 that wants to renegotiate is refused."""
        caller = self.server.is_called_with_tls(context=client_context(SSL.TLS1_2_VERSION))
        caller.sends("Alice")
        caller.tls.renegotiate()
        with pytest.raises(SSL.WantReadError):
            caller.tls.do_handshake()
        caller.sends_raw(caller.tls.bio_read(65_536))

        with pytest.raises(SSL.Error, match="no renegotiation"):
            caller.reads()

    def test_garbage(self) -> None:
        """Invalid data that begins like TLS gets an alert at most, and the connection closes."""
        for garbage, answer in (
            (b"\x16" + b"garbage" * 100, b""),
            (b"\x16\x03\x01\x00\x40" + b"garbage" * 100, b"\x15"),
        ):
            caller = self.server.is_called()
            caller.sends_bytes(garbage)

            assert (answer, "closed") == (caller.wire.value()[:1], caller.wire.closing)

    def test_what_follows_garbage_is_not_looked_at(self) -> None:
        """After garbage nothing more is written, whatever comes."""
        caller = self.server.is_called()
        caller.sends_bytes(b"\x16" + b"garbage" * 100)
        said = caller.wire.value()
        caller.sends("Alice")
        caller.drops()

        assert (said, []) == (caller.wire.value(), self.server.users())

    def test_a_slow_handshake(self) -> None:
        """The time to sign in counts from the connection, however slowly the handshake comes."""
        caller = EncryptedCaller(self.server)
        self.server.callers.append(caller)
        with pytest.raises(SSL.WantReadError):
            caller.tls.do_handshake()
        for byte in caller.tls.bio_read(65_536)[:29]:
            caller.sends_raw(bytes([byte]))
            self.server.passes(1)
        before = caller.wire.closing
        self.server.passes(1)
        at_the_end = caller.wire.closing
        self.server.passes(2)

        assert ("open", "half closed", "aborted") == (before, at_the_end, caller.wire.closing)
        assert b"" == caller.wire.value()  # nothing in plain text, not even why

    def test_a_handshake_and_no_name(self) -> None:
        """A client that sends nothing after the handshake is told in TLS why the connection ends."""
        caller = self.server.is_called_with_tls()
        self.server.passes(30)

        assert (["timeout"], True) == (caller.hears_codes(), caller.said_good_bye)

    def test_stopping_in_the_middle(self) -> None:
        """A server that stops during a handshake closes the connection, and writes nothing in plain text."""
        caller = EncryptedCaller(self.server)
        with pytest.raises(SSL.WantReadError):
            caller.tls.do_handshake()
        caller.sends_raw(caller.tls.bio_read(65_536)[:20])
        self.server.factory.shut_down()

        assert (b"", "half closed") == (caller.wire.value(), caller.wire.closing)


class EncryptedConversationTests(SynchronousTestCase):
    """A conversation in TLS is the same as in plain text."""

    def setUp(self) -> None:
        """Start with Alice, who uses TLS, and Bob, who does not."""
        self.server = Server(encryption=encrypting(), limits=Limits(behind=100_000).without_guard())
        self.alice = self.server.is_called_with_tls()
        self.alice.sends(register("Alice"))
        (self.bob,) = self.server.signs_in("Bob")

    def test_both_kinds_in_one_room(self) -> None:
        """Members with and without TLS are sent the same, in the same order."""
        self.server.room("R", self.alice, self.bob)
        self.alice.sends(ask("group", "R", "from TLS"))
        self.bob.sends(ask("group", "R", "from plain text"))
        self.server.turn()

        assert ["from TLS", "from plain text"] == self.alice.hears_texts("group")
        assert self.alice.hears() == self.bob.hears()

    def test_big_lines(self) -> None:
        """A line that needs several records arrives whole, either way."""
        text = "ü" * 10_000
        self.alice.sends(private("Alice", text), private("Bob", text))
        self.server.turn()

        assert ([text], [text]) == (self.alice.hears_texts("private"), self.bob.hears_texts("private"))

    def test_a_line_that_is_too_long(self) -> None:
        """The bounds of lines are those of plain text."""
        self.alice.sends("x" * 70_000, ask("ping"))

        assert (["too_long"], ["pong"]) == (self.alice.hears_codes(), self.alice.hears_texts("success"))

    def test_a_broken_record(self) -> None:
        """Bytes that were changed on the way end the connection, and sign the user out."""
        self.alice.sends_raw(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        closing = self.alice.wire.closing
        self.alice.drops()

        assert ("aborted", ["Bob"]) == (closing, self.server.users())

    def test_half_a_close(self) -> None:
        """A client that has closed its half gets all answers, late ones included, and is then hung up on."""
        self.alice.sends(ask("create", "R"), ask("group", "R", "in it"), private("Bob", "good-bye"))
        self.alice.has_said_all()
        self.server.turn()
        self.server.turn()

        assert ["in it"] == self.alice.hears_texts("group")
        assert (["good-bye"], ["Bob"]) == (self.bob.hears_texts("private"), self.server.users())
        assert (True, "closed") == (self.alice.said_good_bye, self.alice.wire.closing)

    def test_a_line_without_its_newline(self) -> None:
        """A last line without a newline counts, as in plain text."""
        self.alice.sends_bytes(b'{"status":"private","receiver":"Bob","text":"psst"}')
        self.alice.has_said_all()
        self.server.turn()

        assert ["psst"] == self.bob.hears_texts("private")

    def test_an_end_that_is_cut_off(self) -> None:
        """A connection that ends without close_notify is a `quit`, too."""
        self.alice.closes_its_half()

        assert ["Bob"] == self.server.users()

    def test_why_the_server_hangs_up(self) -> None:
        """The reason is sent in TLS, and close_notify after it."""
        self.server.factory.shut_down()

        assert (["shutting_down"], True) == (self.alice.hears_codes(), self.alice.said_good_bye)
        assert "half closed" == self.alice.wire.closing

    def test_a_stuck_reader(self) -> None:
        """A client that does not read is given up on at the same bound as in plain text."""
        self.alice.stops_reading()
        for _ in range(30):
            self.bob.sends(private("Alice", "x" * 9_000))
            self.server.turn()
        self.server.passes(2)

        assert ("aborted", ["Bob"]) == (self.alice.wire.closing, self.server.users())

    def test_a_reader_that_does_nothing_for_too_long(self) -> None:
        """A client that takes nothing for 30 seconds is given up on, however little it is behind."""
        self.alice.stops_reading()
        for _ in range(3):
            self.bob.sends(private("Alice", "hello"))
            self.server.turn()
        self.server.passes(30)
        self.server.passes(2)

        assert ["Bob"] == self.server.users()

    def test_a_reader_that_reads_again(self) -> None:
        """A client that reads late is sent everything, once and in order."""
        self.alice.stops_reading()
        said = [f"{number} " + "x" * 5_000 for number in range(15)]
        for text in said:
            self.bob.sends(private("Alice", text))
            self.server.turn()
        self.alice.reads_on()

        assert said == self.alice.hears_texts("private")

    def test_a_reader_that_is_far_behind_has_to_read_first(self) -> None:
        """A client that is 64 KiB behind has to read before its next request is done."""
        self.alice.stops_reading()
        for _ in range(9):
            self.bob.sends(private("Alice", "x" * 9_000))
            self.server.turn()
        self.alice.sends(private("Bob", "are you there?"))
        before = self.bob.hears_texts("private")
        self.alice.reads_on()
        self.server.turn()
        self.server.turn()

        assert ([], ["are you there?"]) == (before, self.bob.hears_texts("private"))

    def test_a_connection_that_is_over_is_freed_at_once(self) -> None:
        """OpenSSL's memory does not wait for the garbage collector."""
        caller = EncryptedCaller(self.server)
        caller.calls()
        caller.sends("Carol")
        protocol = weakref.ref(caller.protocol)
        gc.disable()
        try:
            caller.drops()
            del caller
            gone = protocol() is None
        finally:
            gc.enable()

        assert gone
