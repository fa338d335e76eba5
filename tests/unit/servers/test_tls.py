"""TLS and plain text on one port, with OpenSSL at the other end, and no network between."""

from __future__ import annotations

import gc
import weakref

import pytest
from OpenSSL import SSL
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress, INegotiated
from twisted.logger import LogLevel, capturedLogs
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import directlyProvides

from classchat.limits import Limits
from classchat.servers.certificates import Certificate, CertificateError, Passing
from classchat.servers.tls import Encryption, Plaintext, is_local
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
    """Return a request to tell somebody something."""
    return ask("private", to, text)


class FirstByteTests(SynchronousTestCase):
    """What the first byte of a connection decides."""

    def setUp(self) -> None:
        """Begin anew."""
        self.server = Server(encryption=encrypting())

    def test_plain_text_is_as_ever(self) -> None:
        """Who begins with anything but a TLS record speaks lines, the first one included."""
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
        """Who begins with a TLS record speaks the same lines in records, and hears them so."""
        alice = self.server.is_called_with_tls()
        alice.sends("Alice")

        assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts("success")
        assert b"Welcome" not in alice.wire.value()

    def test_the_first_byte_of_tls_alone(self) -> None:
        """One byte is enough to know TLS: nothing is said in plain text after it, and the rest may follow."""
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
        """What begins like TLS inside TLS is a bare name that is none, and never a second handshake."""
        for first in (b"\x16\n", b"\x16\x03\x01\x02\x00\n"):
            caller = self.server.is_called_with_tls()
            caller.sends_bytes(first)

            assert ["invalid_name"] == caller.hears_codes()
            assert (True, "half closed") == (caller.said_good_bye, caller.wire.closing)

    def test_plain_text_after_tls(self) -> None:
        """A client that falls back into plain text is cut off: its bytes are no record."""
        caller = self.server.is_called_with_tls()
        caller.sends(register("Alice"))
        caller.sends_raw(b'{"status":"ping"}\n')
        closing = caller.wire.closing
        caller.drops()

        assert ("aborted", []) == (closing, self.server.users())

    def test_nothing_is_written_before_the_first_byte(self) -> None:
        """A connection is silent until the client has said something, in whatever it speaks."""
        caller = EncryptedCaller(self.server)
        before = caller.wire.value()
        caller.begins()

        assert (b"", b"\x16\x03") == (before, caller.wire.value()[:2])

    def test_who_says_nothing_is_told_why_it_ends(self) -> None:
        """Who never sends a byte is told in plain text, as ever, that he is too late."""
        silent = self.server.is_called()
        self.server.passes(29.9)
        before = silent.wire.value()
        self.server.passes(0.1)

        assert (b"", ["timeout"], "half closed") == (before, silent.hears_codes(), silent.wire.closing)

    def test_who_ends_before_the_first_byte(self) -> None:
        """Who closes his half without a word is hung up on without one."""
        silent = self.server.is_called()
        silent.closes_its_half()

        assert ("closed", []) == (silent.wire.closing, self.server.users())

    def test_a_connection_that_never_spoke_is_freed_at_once(self) -> None:
        """What waits for the first byte keeps no connection alive."""
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
        """Where Twisted's own TLS is between us, the first byte is a line's; both halves close at once."""
        wire = Wire()
        directlyProvides(wire, INegotiated)
        protocol = self.server.factory.buildProtocol(None)
        protocol.makeConnection(wire)
        protocol.dataReceived(b"two words\n")

        assert (True, "closed") == (b"invalid_name" in wire.value(), wire.closing)

    def test_no_tls(self) -> None:
        """Without a certificate, who begins with TLS is told at once, in plain text, that there is none."""
        server = Server(encryption=Encryption(None))
        caller = EncryptedCaller(server)
        caller.begins()

        assert ["plaintext_only"] == Caller.hears_codes(Plain(caller))
        assert "half closed" == caller.wire.closing


class Plain(Caller):
    """What somebody heard, read as plain text."""

    def __init__(self, caller: Caller) -> None:
        self.wire = caller.wire


class PlaintextTests(SynchronousTestCase):
    """Who may speak plain text."""

    def _refused(self, plaintext: Plaintext, address: IAddress | None) -> list[str]:
        caller = Server(encryption=encrypting(plaintext)).is_called(address)
        caller.sends("Alice", private("Alice", "hello"))
        return caller.hears_codes()

    def test_any(self) -> None:
        """Everybody may, unless the operator says something else."""
        assert [[], []] == [self._refused(Plaintext.ANY, address) for address in (ELSEWHERE, None)]

    def test_never(self) -> None:
        """Nobody may, and is told so in one line, whatever he sent with his name."""
        for address in (ELSEWHERE, IPv4Address("TCP", "127.0.0.1", 5), UNIXAddress(b"/run/c")):
            assert ["tls_required"] == self._refused(Plaintext.NEVER, address)

    def test_local(self) -> None:
        """Those on this machine may, and nobody else."""
        assert ["tls_required"] == self._refused(Plaintext.LOCAL, ELSEWHERE)
        assert [] == self._refused(Plaintext.LOCAL, IPv4Address("TCP", "127.0.0.1", 5))

    def test_tls_is_taken_from_everybody(self) -> None:
        """Who encrypts is welcome wherever he is."""
        server = Server(encryption=encrypting(Plaintext.NEVER))
        alice = server.is_called_with_tls(address=ELSEWHERE)
        alice.sends("Alice")

        assert ["success"] == [event["status"] for event in alice.hears()]


@pytest.mark.parametrize(
    ("address", "local"),
    [
        (IPv4Address("TCP", "127.0.0.1", 1), True),
        (IPv4Address("TCP", "127.8.9.10", 1), True),
        (IPv6Address("TCP", "::1", 1), True),
        (IPv6Address("TCP", "::ffff:127.0.0.1", 1), True),
        (UNIXAddress(None), True),
        (IPv4Address("TCP", "192.168.1.1", 1), False),
        (IPv4Address("TCP", "0.0.0.0", 1), False),
        (IPv6Address("TCP", "::ffff:192.0.2.1", 1), False),
        (IPv6Address("TCP", "fe80::1%eth0", 1), False),
        (HostnameAddress(b"localhost", 1), False),
        (None, False),
    ],
)
def test_who_is_local(address: IAddress | None, local: bool) -> None:
    """Loopback networks and Unix sockets are local, and what is unknown is not."""
    assert local is is_local(address)


class HandshakeTests(SynchronousTestCase):
    """How a connection is encrypted, and how not."""

    def setUp(self) -> None:
        """Begin anew."""
        self.server = Server(encryption=encrypting())

    def test_in_pieces(self) -> None:
        """A handshake may come byte by byte, with a name right behind it."""
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
        """TLS 1.2 and 1.3 are spoken, with ciphers that keep secret today what is stolen tomorrow."""
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
        """A client that has nothing better than RSA key exchange, or CBC, is refused in the handshake."""
        for ciphers in (b"AES256-GCM-SHA384", b"ECDHE-ECDSA-AES256-SHA"):
            context = client_context(SSL.TLS1_2_VERSION)
            context.set_cipher_list(ciphers)

            with pytest.raises(SSL.Error, match="handshake failure"):
                self.server.is_called_with_tls(context=context)

    def test_no_renegotiation(self) -> None:
        """A client of TLS 1.2 that wants to begin anew is not listened to."""
        caller = self.server.is_called_with_tls(context=client_context(SSL.TLS1_2_VERSION))
        caller.sends("Alice")
        caller.tls.renegotiate()
        with pytest.raises(SSL.WantReadError):
            caller.tls.do_handshake()
        caller.sends_raw(caller.tls.bio_read(65_536))

        with pytest.raises(SSL.Error, match="no renegotiation"):
            caller.reads()

    def test_garbage(self) -> None:
        """What begins like TLS, and is none, is answered by an alert at most, and the connection closes."""
        for garbage, answer in (
            (b"\x16" + b"garbage" * 100, b""),
            (b"\x16\x03\x01\x00\x40" + b"garbage" * 100, b"\x15"),
        ):
            caller = self.server.is_called()
            caller.sends_bytes(garbage)

            assert (answer, "closed") == (caller.wire.value()[:1], caller.wire.closing)

    def test_what_follows_garbage_is_not_looked_at(self) -> None:
        """After that nothing more is said, whatever comes."""
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
        """Who does the handshake, and says nothing more, is told why it ends, encrypted."""
        caller = self.server.is_called_with_tls()
        self.server.passes(30)

        assert (["timeout"], True) == (caller.hears_codes(), caller.said_good_bye)

    def test_stopping_in_the_middle(self) -> None:
        """A server that stops during a handshake closes the connection, and says nothing in plain text."""
        caller = EncryptedCaller(self.server)
        with pytest.raises(SSL.WantReadError):
            caller.tls.do_handshake()
        caller.sends_raw(caller.tls.bio_read(65_536)[:20])
        self.server.factory.shut_down()

        assert (b"", "half closed") == (caller.wire.value(), caller.wire.closing)


class EncryptedConversationTests(SynchronousTestCase):
    """What is said in records is what is said in lines."""

    def setUp(self) -> None:
        """Begin with Alice, who encrypts, and Bob, who does not."""
        self.server = Server(encryption=encrypting(), limits=Limits(behind=100_000).without_guard())
        self.alice = self.server.is_called_with_tls()
        self.alice.sends(register("Alice"))
        (self.bob,) = self.server.signs_in("Bob")

    def test_both_kinds_in_one_room(self) -> None:
        """Who encrypts and who does not hear the same, in one order."""
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
        """Bytes that somebody has changed end the connection, and the user is gone with it."""
        self.alice.sends_raw(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        closing = self.alice.wire.closing
        self.alice.drops()

        assert ("aborted", ["Bob"]) == (closing, self.server.users())

    def test_half_a_close(self) -> None:
        """Who has said everything is answered everything, what had to wait included, and then hung up on."""
        self.alice.sends(ask("create", "R"), ask("group", "R", "in it"), private("Bob", "good-bye"))
        self.alice.has_said_all()
        self.server.turn()
        self.server.turn()

        assert ["in it"] == self.alice.hears_texts("group")
        assert (["good-bye"], ["Bob"]) == (self.bob.hears_texts("private"), self.server.users())
        assert (True, "closed") == (self.alice.said_good_bye, self.alice.wire.closing)

    def test_a_line_without_its_newline(self) -> None:
        """What stands before the end without a newline counts, as in plain text."""
        self.alice.sends_bytes(b'{"status":"private","receiver":"Bob","text":"psst"}')
        self.alice.has_said_all()
        self.server.turn()

        assert ["psst"] == self.bob.hears_texts("private")

    def test_an_end_that_is_cut_off(self) -> None:
        """A connection that ends without a word of TLS is a `quit`, too."""
        self.alice.closes_its_half()

        assert ["Bob"] == self.server.users()

    def test_why_the_server_hangs_up(self) -> None:
        """The last words are encrypted, and it is said that nothing more follows."""
        self.server.factory.shut_down()

        assert (["shutting_down"], True) == (self.alice.hears_codes(), self.alice.said_good_bye)
        assert "half closed" == self.alice.wire.closing

    def test_a_stuck_reader(self) -> None:
        """Who reads nothing is given up on at the same bound, and costs no more than that."""
        self.alice.stops_reading()
        for _ in range(30):
            self.bob.sends(private("Alice", "x" * 9_000))
            self.server.turn()
        self.server.passes(2)

        assert ("aborted", ["Bob"]) == (self.alice.wire.closing, self.server.users())

    def test_a_reader_who_does_nothing_for_too_long(self) -> None:
        """Who takes nothing for 30 seconds is given up on, however little he is behind."""
        self.alice.stops_reading()
        for _ in range(3):
            self.bob.sends(private("Alice", "hello"))
            self.server.turn()
        self.server.passes(30)
        self.server.passes(2)

        assert ["Bob"] == self.server.users()

    def test_a_reader_who_reads_again(self) -> None:
        """Who reads late hears everything, once and in order."""
        self.alice.stops_reading()
        said = [f"{number} " + "x" * 5_000 for number in range(15)]
        for text in said:
            self.bob.sends(private("Alice", text))
            self.server.turn()
        self.alice.reads_on()

        assert said == self.alice.hears_texts("private")

    def test_what_is_asked_by_who_does_not_read_has_to_wait(self) -> None:
        """From 64 KiB on, what he asks himself waits until he has read."""
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


class Changing(Passing):
    """A certificate that is another one each time, or none."""

    lasts = True

    def __init__(self, *certificates: Certificate | CertificateError) -> None:
        self._next = list(certificates)

    def load(self) -> Certificate:
        """Return the next one."""
        found = self._next.pop(0)
        if isinstance(found, CertificateError):
            raise found
        return found


class AnotherCertificateTests(SynchronousTestCase):
    """A certificate that is taken while the server runs."""

    def test_new_connections_get_the_new_one(self) -> None:
        """Who comes later sees the new certificate; who is there goes on."""
        one, two = Passing().load(), Passing().load()
        encryption = Encryption(Changing(one, two))
        encryption.open()
        encryption.open()  # which is harmless
        server = Server(encryption=encryption)
        alice = server.is_called_with_tls()
        taken = encryption.open_again()
        bob = server.is_called_with_tls()
        alice.sends("Alice")
        seen = [caller.tls.get_peer_certificate().digest("sha256") for caller in (alice, bob)]

        assert (True, ["Alice"]) == (taken, server.users())
        assert [one.fingerprint, two.fingerprint] == [
            f"sha256:{digest.decode().replace(':', '').lower()}" for digest in seen
        ]

    def test_a_bad_one_is_not_taken(self) -> None:
        """What can't be used is logged in a sentence, and the old one goes on."""
        one = Passing().load()
        encryption = Encryption(Changing(one, CertificateError("The certificate 'c' is damaged.")))
        encryption.open()
        with capturedLogs() as logged:
            taken = encryption.open_again()

        assert (False, one) == (taken, encryption.certificate)
        assert [(LogLevel.warn, "The certificate 'c' is damaged.")] == [
            (event["log_level"], str(event["error"])) for event in logged
        ]

    def test_without_tls_there_is_none(self) -> None:
        """A server without TLS looks for none."""
        assert not Encryption(None).open_again()
