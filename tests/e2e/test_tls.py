"""Encryption with the shipped commands: certificates, remembered servers, and refusals."""

from __future__ import annotations

import re
import signal
import ssl
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from classchat.servers.certificates import make_pem
from tests.e2e.conftest import Connect, StartProcess, StartServer, StartTerminal
from tests.e2e.helpers import (
    CLASSCHAT,
    DISCONNECTED,
    PLAIN,
    TWISTD,
    Process,
    Server,
    piped_greeting,
    started_at,
)

SERVE = (*CLASSCHAT, "serve")


@pytest.fixture(autouse=True)
def known_hosts(tmp_path: Path) -> Path:
    """Return the file of remembered servers in the processes' home."""
    return tmp_path / ".local" / "share" / "classchat" / "known_hosts"


def fingerprint(server: Process) -> str:
    """Return the last fingerprint that a server has shown."""
    server.wait(lambda: "Join with: " in server.out.decode(), "how to join")
    return re.findall(r"Certificate fingerprint: (sha256:[0-9a-f]{64})", server.out.decode())[-1]


def presented(port: int) -> str:
    """Return the fingerprint of the certificate that a connecting client sees."""
    pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=20)
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-fingerprint", "-sha256"],
        input=pem, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return "sha256:" + shown.partition("=")[2].strip().replace(":", "").lower()


def test_first_start(serve: StartServer, tmp_path: Path) -> None:
    """A private certificate is created next to the journal, and kept; OpenSSL confirms its fingerprint."""
    first = serve("--port", "0", "--journal", "chat.sqlite")
    shown = fingerprint(first), presented(first.port)
    first.signals(signal.SIGTERM)
    first.ends()
    again = fingerprint(serve("--port", "0", "--journal", "chat.sqlite"))
    file = tmp_path / "chat.sqlite-tls.pem"

    assert (shown[0], shown[0]) == (shown[1], again)
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)


def test_second_server_at_once(process: StartProcess, tmp_path: Path) -> None:
    """Of two servers that start at once on one journal only one serves, with the kept certificate."""
    both = [process(*SERVE, "--port", "0") for _ in range(2)]
    for one in both:
        one.wait(lambda one=one: b"Join with" in one.out or b"in use" in one.err, "either")
    (running,) = [one for one in both if b"Join with" in one.out]

    assert fingerprint(running) == presented(started_at(running.out.decode()))
    assert ["classchat.sqlite-tls.pem"] == [path.name for path in tmp_path.glob("*.pem*")]


def test_clients_of_both_kinds(
    server: Server, connect: Connect, chat: Callable[..., Process], known_hosts: Path
) -> None:
    """A client with TLS and one of 2025 talk in one room; the first meeting is reported in one line."""
    alice = connect(server.port, "Alice")
    alice.asks("create", "CS350")
    alice.says()
    bob = chat(server, "Bob", ["--tls"])
    bob.says("/join CS350", "/group CS350 Hello from TLS")
    heard = [alice.says() for _ in range(2)]
    bob.says("/quit")
    code = bob.ends()
    place = f"127.0.0.1:{server.port}"
    first = f"[CLIENT] First connection to {place}: its certificate is {fingerprint(server)}"
    expected = [first, *piped_greeting("Bob", server.port)]

    assert ["group", "Bob", "CS350", "Hello from TLS"] == heard[1]
    assert (0, b"", expected) == (code, bob.err, bob.lines[: len(expected)])
    assert (f"{place} {fingerprint(server)}\n", 0o600) == (
        known_hosts.read_text(),
        stat.S_IMODE(known_hosts.stat().st_mode),
    )


@pytest.mark.for_real
def test_line_to_join_with(server: Server, process: StartProcess, known_hosts: Path) -> None:
    """The console's line to join with is sufficient, and nothing is remembered for it."""
    fingerprint(server)
    (join,) = re.findall("Join with: classchat NAME@(.*)", server.out.decode())
    alice = process(*CLASSCHAT, f"Alice@{join}")
    alice.says_no_more()

    assert (0, [*piped_greeting("Alice", server.port), DISCONNECTED]) == (alice.ends(), alice.lines)
    assert not known_hosts.exists()


def test_changed_certificate(
    server: Server, serve: StartServer, process: StartProcess, known_hosts: Path
) -> None:
    """A server with a changed certificate is refused with instructions; after these it is accepted."""
    known_hosts.parent.mkdir(parents=True)
    known_hosts.write_text(f"# mine\n127.0.0.1:{server.port} sha256:{'0' * 64}\n")
    alice = process(*CLASSCHAT, "--tls", server.address_of("Alice"))
    code = alice.ends()
    refusal = (
        f"[ERROR] The server at 127.0.0.1:{server.port} has another certificate, or someone intercepts"
        f" the connection: it was sha256:{'0' * 64}, and is {fingerprint(server)}. Ask the server's operator."
        f" If the change is right, run 'classchat forget 127.0.0.1:{server.port}', and connect again"
    )
    known_hosts.write_text("# mine\n")
    again = process(*CLASSCHAT, "--tls", server.address_of("Alice"))
    again.says_no_more()

    assert (1, b"", f"{refusal}\n") == (code, alice.out, alice.err.decode())
    assert 0 == again.ends()
    assert f"# mine\n127.0.0.1:{server.port} {fingerprint(server)}\n" == known_hosts.read_text()


def test_server_without_tls(serve: StartServer, process: StartProcess) -> None:
    """A client that wants TLS never sends plain text."""
    server = serve("--port", "0", "--no-tls")
    alice = process(*CLASSCHAT, "--tls", server.address_of("Alice"))
    code = alice.ends()
    plain = process(*CLASSCHAT, "--no-tls", server.address_of("Alice"))
    plain.says_no_more()

    assert (1, 1, 0) == (code, alice.err.count(b"\n"), plain.ends())
    assert alice.err.endswith(b"connect with --no-tls\n")
    assert 1 == sum("registered" in text for text in server.lines)


def test_plain_text_where_it_is_refused(serve: StartServer, process: StartProcess) -> None:
    """`--plaintext never` refuses plain text with a sentence, and accepts TLS."""
    server = serve("--port", "0", "--plaintext", "never")
    plain = process(*CLASSCHAT, server.address_of("Alice"))
    code = plain.ends()
    secure = process(*CLASSCHAT, "--tls", server.address_of("Alice"))
    secure.says_no_more()

    assert (1, 0) == (code, secure.ends())
    assert (
        "[ERROR] This server accepts only encrypted connections. Connect with TLS (in ClassChat: --tls)."
        == plain.lines[-1]
    )


def test_certificate_of_the_operators(process: StartProcess, tmp_path: Path) -> None:
    """SIGHUP loads a new certificate; a bad one is reported in one line, and the old one stays."""
    file = tmp_path / "own.pem"
    file.write_bytes(make_pem())
    file.chmod(0o600)
    server = process(*SERVE, "--port", "0", "-j", "memory:", "--certificate", "own.pem")
    first = fingerprint(server)
    port = started_at(server.out.decode())
    file.write_bytes(make_pem())
    before = len(server.lines)
    server.signals(signal.SIGHUP)
    server.wait(lambda: len(server.lines) == before + 3, "its fingerprint, the line to join with, the link")
    second = fingerprint(server)
    file.write_bytes(b"nonsense")
    server.signals(signal.SIGHUP)
    server.complains("There is no certificate in 'own.pem': give a PEM file. The certificate in use stays.")
    shown = presented(port)
    server.signals(signal.SIGTERM)

    assert (0, 1, False) == (server.ends(), server.err.count(b"\n"), b"Traceback" in server.err)
    assert (True, second) == (first != second, shown)


def test_twistd_takes_a_new_certificate(process: StartProcess, tmp_path: Path) -> None:
    """Under `twistd` SIGHUP loads a new certificate, and SIGUSR1 still starts a new log."""
    file, log = tmp_path / "own.pem", tmp_path / "chat.log"
    file.write_bytes(make_pem())
    options = ["--nodaemon", "--pidfile=", f"--logfile={log}"]
    server = process(*TWISTD, *options, "classchat", "--port", "0", "--certificate", str(file))
    shown = re.compile("Certificate fingerprint: (sha256:[0-9a-f]{64})")

    def fingerprints() -> list[str]:
        return shown.findall("".join(path.read_text() for path in sorted(tmp_path.glob("chat.log*"))))

    wait_until(lambda: len(fingerprints()) == 1, server)
    server.signals(signal.SIGUSR1)
    wait_until(lambda: len([*tmp_path.glob("chat.log*")]) == 2, server)
    file.write_bytes(make_pem())
    server.signals(signal.SIGHUP)
    wait_until(lambda: len(fingerprints()) == 2, server)

    assert 2 == len({*fingerprints()})


def wait_until(condition: Callable[[], bool], server: Process) -> None:
    """Wait for a change in a server's files, by polling."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, server
        time.sleep(0.02)


def test_closed_terminal(terminal: StartTerminal) -> None:
    """A server stops when its terminal is closed, as with Ctrl+C."""
    server = terminal(*SERVE, "--port", "0", "--journal", "memory:")
    server.sees("[SERVER] Waiting for connections...")
    server.waits_for(lambda screen: "Join with" in "".join(screen))
    server.hangs_up()

    assert 0 == server.ends()


WRONG = {
    "no such file": (
        ["--certificate", "nowhere.pem"],
        r"The certificate 'nowhere\.pem' can't be read: No such",
    ),
    "no certificate": (["--certificate", "diary"], r"There is no certificate in 'diary': give a PEM file"),
    "key of another": (
        ["--certificate", "own.pem", "--key", "other.pem"],
        r"The private key in 'other\.pem' is not the certificate's in 'own\.pem'",
    ),
    "key alone": (["--key", "own.pem"], "--key needs --certificate"),
    "nobody": (["--no-tls", "--plaintext", "never"], "no client could connect"),
    "some": (["--plaintext", "some"], "'some' is not one of these: any, local or never"),
    "kept and damaged": (["--journal", "damaged.sqlite"], r"no certificate in 'damaged\.sqlite-tls\.pem'"),
}


@pytest.fixture
def files(tmp_path: Path) -> None:
    """Create certificates, and files that are not certificates."""
    (tmp_path / "own.pem").write_bytes(make_pem())
    (tmp_path / "other.pem").write_bytes(make_pem())
    (tmp_path / "diary").write_text("Dear diary")
    (tmp_path / "damaged.sqlite-tls.pem").write_text("")


def test_serve_that_can_not_start(process: StartProcess, files: None) -> None:
    """A wrong certificate is reported in one line; the exit code is 1, or 2 for a wrong option."""
    attempts = {what: process(*SERVE, "--port", "0", *arguments) for what, (arguments, _) in WRONG.items()}
    ends = {
        what: (attempt.ends(), attempt.err.count(b"\n"), attempt.out) for what, attempt in attempts.items()
    }
    mute = [
        what for what, (_, sentence) in WRONG.items() if not re.search(sentence, attempts[what].err.decode())
    ]

    codes = {what: 2 if what in ("key alone", "nobody", "some") else 1 for what in WRONG}
    assert ({what: (code, 1, b"") for what, code in codes.items()}, []) == (ends, mute)


@pytest.mark.parametrize("wrong", ["key of another", "kept and damaged"])
def test_twistd_that_can_not_start(process: StartProcess, files: None, wrong: str) -> None:
    """`twistd classchat` also reports it, without a traceback."""
    arguments, sentence = WRONG[wrong]
    server = process(*TWISTD, "--nodaemon", "--pidfile=", "classchat", "--port", "0", *arguments)
    code = server.ends()
    said = (server.out + server.err).decode()

    assert (True, False) == (code != 0, "Traceback" in said)
    assert re.search(sentence, said)


@pytest.mark.parametrize("command", [CLASSCHAT, PLAIN], ids=["screen", "plain"])
def test_screen_says_whom_it_trusts(
    server: Server, terminal: StartTerminal, command: tuple[str, ...]
) -> None:
    """In a terminal the first meeting is reported above the conversation."""
    alice = terminal(*command, "--tls", server.address_of("Alice"))
    alice.is_asked()

    assert alice.screen[0].startswith(
        f"[CLIENT] First connection to 127.0.0.1:{server.port}: its certificate"
    )
