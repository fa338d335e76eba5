"""The client as a tool for scripts: lines in, lines out, and an exit code."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Connect, Keep, StartFirstServer, StartProcess, StartServer, StartTerminal
from tests.e2e.helpers import (
    CLASSCHAT,
    DISCONNECTED,
    PYTHON_M_CLASSCHAT,
    SHUTTING_DOWN,
    Process,
    Server,
    line,
    piped_greeting,
)

Chat = Callable[..., Process]

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""Characters that must never be printed raw: all controls except the newline; no test here sends a tab."""


def said(name: str, server: Server, *lines: str) -> list[str]:
    """Return the whole output of a client that signs in and leaves."""
    return [*piped_greeting(name, server.port), *lines, DISCONNECTED]


# A script.


SCRIPT = """\
/create CS350
/group CS350 Welcome!

/group CS350 Is anybody here?
/leave CS350
/private Nobody hello
"""
SCRIPT_SAID = [
    "[SUCCESS] Chat room 'CS350' created successfully",
    "[CS350 - Alice] Welcome!",
    "[CS350 - Alice] Is anybody here?",
    "[SUCCESS] You have left 'CS350'",
    "[ERROR] User 'Nobody' not found or offline",
]


@pytest.mark.for_real
def test_script_is_obeyed_in_order(chat: Chat, server: Server) -> None:
    """Commands run in order, all answers are shown without prompts, and the exit code is 0."""
    alice = chat(server, "Alice")
    alice.writes(SCRIPT.encode())
    alice.says_no_more()
    code = alice.ends()

    assert (0, said("Alice", server, *SCRIPT_SAID), b"") == (code, alice.lines, alice.err)
    assert alice.out.endswith(b"\n")


@pytest.mark.shared_server
def test_answers_to_the_questions_may_be_piped(process: StartProcess, server: Server) -> None:
    """Server, port and name are read from the input if they are not given, without prompts."""
    alice = process(*CLASSCHAT)
    alice.says("", str(server.port), "Alice", "/private Alice hello")
    alice.says_no_more()
    code = alice.ends()

    assert (0, said("Alice", server, "[Private from Alice] hello")) == (code, alice.lines)


def test_wrong_answer_to_a_question_ends_a_script(process: StartProcess) -> None:
    """A script with a wrong answer ends: its next line is meant for something else."""
    alice = process(*CLASSCHAT)
    alice.says("", "many", "Alice")
    code = alice.ends()

    problem = "[ERROR] 'many' is not a port: give a number from 1 to 65535\n"
    assert (1, [], problem) == (code, alice.lines, alice.err.decode())


def test_input_that_ends_before_the_name(process: StartProcess) -> None:
    """An input that ends before all questions are answered is reported as an error."""
    alice = process(*CLASSCHAT)
    alice.says("", "5555")
    alice.says_no_more()
    code = alice.ends()

    assert (1, [], 1, b"[ERROR] ") == (code, alice.lines, alice.err.count(b"\n"), alice.err[:8])


@pytest.mark.shared_server
def test_no_commands_at_all(chat: Chat, server: Server) -> None:
    """With an empty input the client signs in and leaves."""
    alice = chat(server, "Alice")
    alice.says_no_more()

    assert (0, said("Alice", server)) == (alice.ends(), alice.lines)


def test_input_without_a_final_newline(chat: Chat, server: Server) -> None:
    """The last line counts with or without a newline."""
    alice = chat(server, "Alice")
    alice.writes(b"/create CS350\n/group CS350 the last word")
    alice.says_no_more()
    expected = said(
        "Alice",
        server,
        "[SUCCESS] Chat room 'CS350' created successfully",
        "[CS350 - Alice] the last word",
    )

    assert (0, expected) == (alice.ends(), alice.lines)


@pytest.mark.shared_server
def test_input_with_the_line_ends_of_windows(chat: Chat, server: Server) -> None:
    """A carriage return before the newline is not part of a line."""
    alice = chat(server, "Alice")
    alice.writes(b"/private Alice hello\r\n/quit\r\n")

    assert (0, said("Alice", server, "[Private from Alice] hello")) == (alice.ends(), alice.lines)


@pytest.mark.shared_server
def test_quit_ends_a_script_early(chat: Chat, server: Server) -> None:
    """Lines after `/quit` are ignored, even if the input is still open."""
    alice = chat(server, "Alice")
    alice.says("/private Alice hello", "/quit", "/private Alice too late")

    assert (0, said("Alice", server, "[Private from Alice] hello")) == (alice.ends(), alice.lines)


def test_files_for_input_and_output(chat: Chat, server: Server, tmp_path: Path) -> None:
    """Files work like pipes: everything is read, and everything is written before the end."""
    script, output = tmp_path / "script", tmp_path / "output"
    script.write_text(SCRIPT)
    with script.open() as stdin, output.open("w") as stdout:
        alice = chat(server, "Alice", stdin=stdin, stdout=stdout)
    code = alice.ends()
    shown = "".join(f"{text}\n" for text in said("Alice", server, *SCRIPT_SAID))

    assert (0, shown, b"") == (code, output.read_text(), alice.err)


def test_output_is_flushed_while_the_input_is_open(chat: Chat, server: Server) -> None:
    """Every line is flushed at once, because a reader may wait for it."""
    alice = chat(server, "Alice")
    alice.sees("[SUCCESS] Welcome to ClassChat, Alice!")
    alice.says("/create CS350")
    alice.sees("[SUCCESS] Chat room 'CS350' created successfully")
    alice.says("/group CS350 Hello")
    alice.sees("[CS350 - Alice] Hello")

    assert said("Alice", server, *SCRIPT_SAID[:1], "[CS350 - Alice] Hello")[:-1] == alice.lines


@pytest.mark.shared_server
def test_no_prompts_when_only_the_input_is_a_terminal(
    terminal: StartTerminal, server: Server, tmp_path: Path
) -> None:
    """With the output in a file there are no prompts, even if the input is a terminal."""
    output = tmp_path / "output"
    command = f"exec {CLASSCHAT[0]} {server.address_of('Alice')} > {output}"
    alice = terminal("/bin/sh", "-c", command)
    server.sees("[SERVER] User 'Alice' registered successfully")
    alice.presses("d")
    code = alice.ends()

    assert (0, said("Alice", server)) == (code, output.read_text().splitlines())


def test_five_thousand_messages(chat: Chat, server: Server) -> None:
    """Far more commands than one read holds are all delivered, in order."""
    bob, alice = chat(server, "Bob"), chat(server, "Alice")
    bob.says("/create CS350")
    bob.sees("[SUCCESS] Chat room 'CS350' created successfully")
    texts = [f"message {number}" for number in range(5_000)]
    alice.writes("".join(["/join CS350\n", *[f"/group CS350 {text}\n" for text in texts]]).encode())
    alice.says_no_more()
    code = alice.ends()
    bob.sees("[CS350] Alice has left the chat room")
    bob.says("/quit")
    bob.ends()
    heard = [
        "[CS350] Alice has joined the chat room",
        *[f"[CS350 - Alice] {text}" for text in texts],
    ]
    of_alice = said("Alice", server, "[SUCCESS] You have joined 'CS350'", *heard)
    of_bob = said("Bob", server, SCRIPT_SAID[0], *heard, "[CS350] Alice has left the chat room")

    assert (0, of_alice == alice.lines, of_bob == bob.lines) == (code, True, True)


@pytest.mark.shared_server
def test_longest_text_that_a_server_takes(chat: Chat, server: Server) -> None:
    """A text of 10 000 characters arrives complete; one more is refused, and the next command runs."""
    alice = chat(server, "Alice")
    alice.says(f"/private Alice {'ü' * 10_000}", f"/private Alice {'ü' * 10_001}", "/private Alice hello")
    alice.says_no_more()
    code = alice.ends()
    *arrived, refused = sorted(alice.lines[-4:-1], key=lambda text: "[ERROR]" in text)

    assert (0, [f"[Private from Alice] {text}" for text in ("ü" * 10_000, "hello")]) == (code, arrived)
    assert "[ERROR] The text is too long: at most 10000 characters" == refused.partition(".")[0]


@pytest.mark.shared_server
def test_line_that_no_server_would_take(chat: Chat, server: Server) -> None:
    """A line of a megabyte causes one `[ERROR]`, and the next command runs."""
    alice = chat(server, "Alice")
    alice.writes(b"/private Alice " + b"x" * 1_000_000 + b"\n/private Alice hello\n")
    alice.says_no_more()
    code = alice.ends()
    refused, next_one = alice.lines[-3:-1]

    assert (0, "[ERROR] ", "[Private from Alice] hello") == (code, refused[:8], next_one)


@pytest.mark.shared_server
def test_bytes_that_are_no_utf_8(chat: Chat, server: Server) -> None:
    """Invalid UTF-8 is shown as U+FFFD, and does not end the client."""
    alice = chat(server, "Alice")
    alice.writes(b"/private Alice caf\xe9 \xff\n/private Alice hello\n")
    alice.says_no_more()
    code = alice.ends()
    expected = ["[Private from Alice] caf\ufffd \ufffd", "[Private from Alice] hello"]

    assert (0, said("Alice", server, *expected), b"") == (code, alice.lines, alice.err)


# Lines that are not sent.


WRONG = {
    "/group": "Usage: /group <room_name> <message>",
    "/group CS350": "Usage: /group <room_name> <message>",
    "/private": "Usage: /private <username> <message>",
    "/private Bob ": "Usage: /private <username> <message>",
    "/create": "Usage: /create <room_name>",
    "/create two words": "Usage: /create <room_name>",
    "/join": "Usage: /join <room_name>",
    "/leave": "Which room? Usage: /leave <room>",
    "/rooms CS350": "Usage: /rooms",
    "/quit now": "Usage: /quit",
}


def test_usage_errors_are_not_sent(process: StartProcess, first_server: StartFirstServer) -> None:
    """A wrong or incomplete command gets `[ERROR]` with its usage, and is not sent."""
    double = first_server()
    alice = process(*CLASSCHAT, double.address_of("Alice"))
    alice.says(*WRONG, "/quit")
    code = alice.ends()
    double.is_left_by("Alice")
    expected = [*piped_greeting("Alice", double.port), *[f"[ERROR] {usage}" for usage in WRONG.values()]]

    assert (0, [*expected, DISCONNECTED], ["quit"]) == (code, alice.lines, double.heard)


def test_what_is_no_command_is_not_sent(process: StartProcess, first_server: StartFirstServer) -> None:
    """A line that is not a command gets `[ERROR]` with a hint at `/help`, and is not sent."""
    double = first_server()
    alice = process(*CLASSCHAT, double.address_of("Alice"))
    wrong = ["hello", "/xyzzy", "/ group CS350 Hello", "/", "/\x1b[2J"]
    alice.says(*wrong, "/quit")
    code = alice.ends()
    double.is_left_by("Alice")
    answers = alice.lines[len(piped_greeting("Alice", double.port)) : -1]

    assert (0, len(wrong), ["quit"], None) == (
        code,
        len(answers),
        double.heard,
        CONTROLS.search(alice.out.decode()),
    )
    assert all(answer.startswith("[ERROR] ") and "/help" in answer for answer in answers)


# Failures.


def test_connection_refused(process: StartProcess, free_port: int) -> None:
    """If no server listens, the client says so in the README's words on standard error, and exits with 1."""
    alice = process(*CLASSCHAT, f"Alice@127.0.0.1:{free_port}")
    code = alice.ends()

    assert (1, b"", 1) == (code, alice.out, alice.err.count(b"\n"))
    assert alice.err.startswith(b"[ERROR] Connection refused")


def test_unknown_host(process: StartProcess) -> None:
    """A host that does not exist is told in one line, and the exit code is 1."""
    alice = process(*CLASSCHAT, "Alice@no-such-host.invalid")
    code = alice.ends()

    assert (1, b"", 1) == (code, alice.out, alice.err.count(b"\n"))
    assert re.match(rb"\[ERROR\] .*Unknown host.*no-such-host\.invalid", alice.err)


@pytest.mark.shared_server
def test_name_taken(chat: Chat, server: Server, connect: Connect) -> None:
    """A taken name, in any spelling, is refused in the server's words; the exit code is 1."""
    connect(server.port, "Alice")
    late = [chat(server, name) for name in ("Alice", "ALICE")]
    codes = [alice.ends() for alice in late]
    expected = [
        f"[CLIENT] Connected to server at 127.0.0.1:{server.port}",
        "[ERROR] Username already taken. Please try another.",
    ]

    assert ([1, 1], [expected] * 2) == (
        codes,
        [[text for text in alice.lines if text != DISCONNECTED] for alice in late],
    )


@pytest.mark.shared_server
def test_name_that_is_none(process: StartProcess, server: Server) -> None:
    """A name that the server refuses is reported in its words; the exit code is 1."""
    alice = process(*CLASSCHAT, "--host", "127.0.0.1", "--port", str(server.port), "--name", "two words")
    code = alice.ends()

    assert (1, "[ERROR] A user name is ") == (code, alice.lines[1][:23])


@pytest.mark.parametrize(
    ("number", "farewell"),
    [(signal.SIGTERM, [SHUTTING_DOWN, DISCONNECTED]), (signal.SIGKILL, [DISCONNECTED])],
    ids=["stopped", "killed"],
)
def test_server_gone_in_the_middle(
    chat: Chat, server: Server, number: signal.Signals, farewell: list[str]
) -> None:
    """If the server stops before the end of the input, the client ends with a non-zero exit code."""
    alice = chat(server, "Alice", options=["--retry", "0"])
    alice.says("/private Alice hello")
    alice.sees("[Private from Alice] hello")
    server.signals(number)
    code = alice.ends()
    expected = [*piped_greeting("Alice", server.port), "[Private from Alice] hello", *farewell]

    assert (1, expected, b"") == (code, alice.lines, alice.err)


def test_server_gone_before_the_answers(process: StartProcess, keep: Keep[socket.socket]) -> None:
    """Requests without an answer are reported, and make the exit code non-zero."""
    listening = keep(socket.create_server(("127.0.0.1", 0)))
    alice = process(*CLASSCHAT, "--retry", "0", f"Alice@127.0.0.1:{listening.getsockname()[1]}")
    alice.says("/create CS350", "/group CS350 hello")
    alice.says_no_more()
    client = keep(listening.accept()[0])
    with client.makefile("rb") as lines:
        lines.readline()
        client.sendall(line("success", "Alice", "Welcome!", "SERVER", server="ClassChat 0.1"))
        asked = [lines.readline() for _ in range(1 + 2)]  # first the client says that it answers pings
    client.shutdown(socket.SHUT_RDWR)
    client.close()
    code = alice.ends()

    assert (1, DISCONNECTED, True) == (code, alice.lines[-1], all(b'"id"' in one for one in asked))


def test_end_of_input_waits_for_the_answers(process: StartProcess, keep: Keep[socket.socket]) -> None:
    """The client stays until every request has its answer, however late."""
    listening = keep(socket.create_server(("127.0.0.1", 0)))
    alice = process(*CLASSCHAT, f"Alice@127.0.0.1:{listening.getsockname()[1]}")
    alice.says("/create CS350")
    alice.says_no_more()
    client = keep(listening.accept()[0])
    with client.makefile("rb") as lines:
        lines.readline()
        client.sendall(line("success", "Alice", "Welcome!", "SERVER", server="ClassChat 0.1"))
        lines.readline()  # the client says that it answers pings
        id = re.search(rb'"id":"([^"]+)"', lines.readline())
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(1)  # no `quit` yet: the client waits
    client.settimeout(None)
    assert id
    client.sendall(line("success", "Alice", "at last", "SERVER", id=id[1].decode()))
    quit = client.recv(4096)
    client.close()
    code = alice.ends()

    assert (0, "[SUCCESS] at last", True) == (code, alice.lines[-2], b'"quit"' in quit)


def test_registration_timeout(process: StartProcess, keep: Keep[socket.socket]) -> None:
    """The client gives up on a server that does not answer within 5 seconds, says so, and exits with 1."""
    silent = keep(socket.create_server(("127.0.0.1", 0)))
    port = silent.getsockname()[1]
    alice = process(*CLASSCHAT, f"Alice@127.0.0.1:{port}")
    alice.sees(f"[CLIENT] Connected to server at 127.0.0.1:{port}")
    started = time.monotonic()
    code = alice.ends()
    took = time.monotonic() - started
    problem = [text for text in alice.lines if text.startswith("[ERROR]")]

    assert (1, 1, True) == (code, len(problem), 4.5 < took < 10)
    assert "5 seconds" in problem[0]


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff\n", b"[]\n"])
def test_server_that_is_none_of_ours(process: StartProcess, keep: Keep[socket.socket], answer: bytes) -> None:
    """A server that speaks no protocol of ours is reported in one line, and the exit code is 1."""
    listening = keep(socket.create_server(("127.0.0.1", 0)))
    alice = process(*CLASSCHAT, f"Alice@127.0.0.1:{listening.getsockname()[1]}")
    client = keep(listening.accept()[0])
    client.sendall(answer)
    code = alice.ends()

    assert (1, 1, 1) == (
        code,
        alice.err.count(b"[ERROR]"),
        sum(text.startswith("[ERROR]") for text in alice.lines),
    )


def test_wrong_command_line(process: StartProcess) -> None:
    """A mistake on the command line is told in one sentence on standard error, and the exit code is 2."""
    wrong = ["--port many", "--nonsense", "sreve", "@host", "a@b:c"]
    asked = [process(*CLASSCHAT, *arguments.split()) for arguments in wrong]
    failed = [one.ends() == 2 for one in asked]
    told = [re.fullmatch(r"classchat: \S.* See classchat --help\.\n", one.err.decode()) for one in asked]

    assert ([True] * 5, [b""] * 5) == (failed, [one.out for one in asked])
    assert [] == [arguments for arguments, sentence in zip(wrong, told, strict=True) if sentence is None]


@pytest.mark.parametrize("command", [CLASSCHAT, PYTHON_M_CLASSCHAT], ids=["classchat", "python -m classchat"])
def test_version(process: StartProcess, command: tuple[str, ...]) -> None:
    """`--version` prints only the version."""
    asked = process(*command, "--version")

    assert (0, True) == (asked.ends(), bool(re.fullmatch(rb"ClassChat \d+\.\d+\S*\n", asked.out)))


def test_help(process: StartProcess) -> None:
    """`--help` has every option, and the command to start a server."""
    asked = process(*CLASSCHAT, "--help")
    code = asked.ends()
    expected = ["--host", "--port", "--name", "--version", "classchat serve"]

    assert (0, expected) == (code, [option for option in expected if option in asked.out.decode()])


# Texts of others.


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
NASTY = [
    "\x1b[2J\x1b[H",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x9b31mred",
    "\x9d0;title\x9c",
    "\x00\x08\x7f\x0e",
    "\rYou: /quit",
]


@pytest.mark.shared_server
def test_control_sequences_through_our_server(chat: Chat, server: Server, connect: Connect) -> None:
    """Control sequences of others arrive as U+FFFD and harmless letters."""
    alice, mallory = chat(server, "Alice"), connect(server.port, "Mallory")
    alice.says("/private Alice ready")  # before its first line, a client gets only the welcome for a second
    alice.sees("[Private from Alice] ready")
    for nasty in NASTY:
        mallory.asks("private", "Alice", f"a{nasty}b")
    mallory.asks("private", "Alice", "over")
    alice.sees("[Private from Mallory] over")
    alice.says("/quit")
    alice.ends()
    texts = [*[f"a{CONTROLS.sub(REPLACEMENT, nasty)}b" for nasty in NASTY], "over"]
    heard = ["[Private from Alice] ready", *[f"[Private from Mallory] {text}" for text in texts]]

    assert said("Alice", server, *heard) == alice.lines


def test_control_sequences_in_any_field(process: StartProcess, first_server: StartFirstServer) -> None:
    """Control sequences from a server without filters do no harm in any field."""
    double = first_server()
    alice = process(*CLASSCHAT, double.address_of("Alice"))
    alice.sees("[SUCCESS] Welcome to ClassChat, Alice!")
    nasty = "".join(NASTY)
    for status in ("success", "error", "private", "group"):
        double.tells("Alice", line(status, f"r{nasty}r", f"t{nasty}t", f"s{nasty}s"))
    double.tells("Alice", line("private", "Alice", "over", "Bob"))
    alice.sees("[Private from Bob] over")

    assert (None, 4) == (
        CONTROLS.search(alice.out.decode()),
        alice.out.decode().count(f"t{CONTROLS.sub(REPLACEMENT, nasty)}t"),
    )


def test_control_sequences_in_a_refusal(process: StartProcess, keep: Keep[socket.socket]) -> None:
    """Control sequences in the very first answer do no harm."""
    listening = keep(socket.create_server(("127.0.0.1", 0)))
    alice = process(*CLASSCHAT, f"Alice@127.0.0.1:{listening.getsockname()[1]}")
    client = keep(listening.accept()[0])
    client.sendall(line("error", "Alice", "".join(NASTY), "SERVER"))
    code = alice.ends()

    assert (1, None) == (code, CONTROLS.search(alice.out.decode()))
    assert f"[ERROR] {REPLACEMENT}[2J" in alice.out.decode()


@pytest.mark.shared_server
def test_text_of_several_lines(chat: Chat, server: Server, connect: Connect) -> None:
    """Further lines of a text can't imitate our lines: they begin with blanks, ours with `[`."""
    alice, mallory = chat(server, "Alice"), connect(server.port, "Mallory")
    alice.says("/private Alice ready")
    alice.sees("[Private from Alice] ready")
    mallory.asks("private", "Alice", "one\n[Private from Bob] two\n[SUCCESS] three")
    alice.wait(lambda: "three\n" in alice.out.decode(), "a private message")
    alice.says("/quit")
    alice.ends()
    shown = alice.lines[len(piped_greeting("Alice", server.port)) + 1 : -1]

    assert ["[Private from Mallory] one", "[Private from Bob] two", "[SUCCESS] three"] == [
        text.strip() for text in shown
    ]
    assert ["[", " ", " "] == [text[0] for text in shown]


# Missing input and output.


@pytest.mark.shared_server
def test_reader_that_closes_early(process: StartProcess, server: Server) -> None:
    """`classchat | head -1` ends at the next message, without output on standard error."""
    command = f"{CLASSCHAT[0]} {server.address_of('Alice')}; echo $? >&2"
    alice = process("/bin/sh", "-c", f"({command}) | head -1")
    alice.sees(f"[CLIENT] Connected to server at 127.0.0.1:{server.port}")
    alice.says("/private Alice hello", "/private Alice hello")
    alice.ends()
    server.sees("[SERVER] User 'Alice' disconnected")

    assert (piped_greeting("Alice", server.port)[:1], b"1\n") == (alice.lines, alice.err)


@pytest.mark.shared_server
def test_closed_files(process: StartProcess, installed: StartProcess, server: Server) -> None:
    """A closed standard file works like an empty one: no traceback, and a clean end."""
    shown = {(0,): True, (1,): False, (0, 1): False, (0, 1, 2): False, (2,): True}
    clients = [
        (installed if len(closed) == 3 else process)(
            *CLASSCHAT, server.address_of(f"Alice{number}"), closed=closed
        )
        for number, closed in enumerate(shown)
    ]
    for alice in clients:
        alice.says_no_more()
    codes = [alice.ends() for alice in clients]
    expected = [
        said(f"Alice{number}", server) if visible else [] for number, visible in enumerate(shown.values())
    ]

    assert ([0] * 5, expected, [b""] * 5) == (
        codes,
        [alice.lines for alice in clients],
        [alice.err for alice in clients],
    )
    assert {f"[SERVER] User 'Alice{number}' disconnected" for number in range(5)} <= set(server.lines)


@pytest.mark.shared_server
def test_null_device(chat: Chat, server: Server) -> None:
    """The null device works as input and as output."""
    with Path("/dev/null").open("r+b") as null:
        alice = chat(server, "Alice", stdin=null, stdout=null)
    code = alice.ends()
    server.sees("[SERVER] User 'Alice' disconnected")

    assert (0, b"") == (code, alice.err)


def test_ipv6(process: StartProcess, serve: StartServer) -> None:
    """A server on IPv6 is reached by its address in brackets."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    console = serve("--port", "0", "--listen", r"tcp6:0:interface=\:\:1")
    started = re.search(r"Server started on (\[::1\]:\d+)", console.out.decode())
    assert started
    alice = process(*CLASSCHAT, f"Alice@{started[1]}")
    alice.says("/private Alice hello")
    alice.says_no_more()
    code = alice.ends()

    assert (0, "[Private from Alice] hello") == (code, alice.lines[-2])


# One message.


def test_send(server: Server, process: StartProcess, installed: StartProcess, connect: Connect) -> None:
    """`classchat send` sends one message, and its exit code says whether the server accepted it."""
    alice = connect(server.port, "Alice")
    alice.asks("create", "CS350")
    where = f"bot@127.0.0.1:{server.port}"
    sent = installed(*CLASSCHAT, "send", where, "CS350", "-")
    sent.says("The build is green.")
    sent.says_no_more()
    codes = [sent.ends()]
    refused = process(*CLASSCHAT, "send", where, "nowhere", "hi", "--retry", "0")
    codes.append(refused.ends())

    assert ([0, 1], b"", b"", 1) == (codes, sent.out, sent.err, refused.err.count(b"\n"))


@pytest.mark.shared_server
def test_strict(chat: Chat, server: Server) -> None:
    """With `--strict` a refusal makes the exit code 1, and all other lines are still sent."""
    lenient, strict = chat(server, "Alice"), chat(server, "Bob", ["--strict"])
    for one in (lenient, strict):
        one.says("/join nowhere", "/rooms")
        one.says_no_more()

    assert ([0, 1], [1, 1]) == (
        [one.ends() for one in (lenient, strict)],
        [sum(text.startswith("[ERROR]") for text in one.lines) for one in (lenient, strict)],
    )
