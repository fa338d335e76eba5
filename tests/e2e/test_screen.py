"""The client on a screen: the conversation above, the line being typed below, and the terminal afterwards."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Connect, StartFirstServer, StartServer, StartTerminal
from tests.e2e.helpers import (
    ASK_HOST,
    ASK_NAME,
    ASK_PORT,
    CLASSCHAT,
    DISCONNECTED,
    RawClient,
    Server,
    Terminal,
    greeting,
    line,
    sign_in,
    wait_for_end,
)
from tests.e2e.test_leaving import Shell
from tests.unit.client.display.test_stranger import PAYLOADS

HARD_TEXT = "漢字 and 👩🏽\u200d🚀 and e\u0301 and שלום"

TIME = re.compile(r"^\d\d:\d\d ")


@pytest.fixture
def alice(terminal: StartTerminal, server: Server) -> Iterator[Terminal]:
    """Sign Alice in on a screen; the client is ended in good order after the test."""
    alice = terminal(*CLASSCHAT, server.address_of("Alice"), XTERM_VERSION="cuts lines off")
    alice.waits_for(lambda screen: is_below(screen, "You: "))
    yield alice
    alice.signals(signal.SIGTERM)

    assert 0 == alice.ends()


@pytest.fixture
def bob(connect: Connect, server: Server, alice: Terminal) -> RawClient:
    """Sign Bob in over a raw socket, in a room that Bob creates and Alice joins."""
    bob = connect(server.port, "Bob")
    bob.asks("create", "CS350")
    bob.hears()
    alice.keys("/join CS350\r")
    bob.hears()
    alice.waits_for(lambda screen: is_below(screen, "You → CS350: "))
    return bob


def without_times(screen: list[str]) -> list[str]:
    """Return the lines of a screen, without their times and without the lines below."""
    return [TIME.sub("", line) for line in screen]


def is_below(screen: list[str], line: str) -> bool:
    """Return whether the cursor is at the end of this line."""
    return screen[-1:] == [line]


@pytest.mark.shared_server
def test_first_screen(alice: Terminal, server: Server) -> None:
    """The screen begins as in the first version's README, followed by one line about Tab and /help."""
    hint = "[CLIENT] Type to talk in the room shown in the prompt; Tab completes, /help lists commands"

    assert [*greeting("Alice", server.port), hint, "You: "] == alice.screen
    assert f"127.0.0.1:{server.port} · Alice · no room · connected" == alice.below


@pytest.mark.shared_server
def test_questions(terminal: StartTerminal, server: Server) -> None:
    """Questions are asked below the conversation, and their answers are shown above."""
    alice = terminal(*CLASSCHAT)
    for prompt, answer in ((ASK_HOST, ""), (ASK_PORT, str(server.port)), (ASK_NAME, "Alice")):
        alice.waits_for(lambda screen, prompt=prompt: is_below(screen, prompt))
        alice.keys(f"{answer}\r")
    alice.waits_for(lambda screen: is_below(screen, "You: "))

    assert sign_in("Alice", server.port) == alice.screen[:-2]


def test_ctrl_c_at_a_question(terminal: StartTerminal) -> None:
    """Ctrl+C before the sign-in leaves at once."""
    alice = terminal(*CLASSCHAT)
    alice.waits_for(lambda screen: is_below(screen, ASK_HOST))
    alice.keys("\x03")

    assert 0 == alice.ends()


@pytest.mark.shared_server
def test_refusal(terminal: StartTerminal, server: Server, connect: Connect, tmp_path: Path) -> None:
    """A taken name is refused in the server's words, and another one is asked for."""
    connect(server.port, "Alice")
    shell = Shell(terminal, tmp_path / "report", [*CLASSCHAT, server.address_of("Alice")])
    shell.terminal.waits_for(lambda screen: is_below(screen, "Enter your username: "))
    shell.terminal.keys("Alicia\r")
    shell.terminal.waits_for(lambda screen: "[SUCCESS] Welcome to ClassChat, Alicia!" in screen)
    shell.terminal.waits_for(lambda screen: is_below(screen, "You: "))
    shell.terminal.keys("/quit\r")
    report = shell.ends()

    assert (0, report["before"]) == (report["exit code"], report["after"])
    assert "[ERROR] Username already taken. Please try another." in shell.terminal.screen


def test_nobody_listens(terminal: StartTerminal, free_port: int, tmp_path: Path) -> None:
    """A missing server is reported, and the terminal is as before."""
    shell = Shell(terminal, tmp_path / "report", [*CLASSCHAT, f"Alice@127.0.0.1:{free_port}"])
    report = shell.ends()

    assert (1, report["before"]) == (report["exit code"], report["after"])
    assert shell.terminal.screen[-1].startswith("[ERROR] Connection refused")


@pytest.mark.shared_server
def test_window_that_is_closed(terminal: StartTerminal, server: Server) -> None:
    """A client ends when its terminal window is closed."""
    alice = terminal(*CLASSCHAT, server.address_of("Alice"))
    alice.waits_for(lambda screen: is_below(screen, "You: "))
    alice.hangs_up()
    wait_for_end(alice.pid, alice)
    server.sees("[SERVER] User 'Alice' disconnected")

    assert b"" == server.err


def test_typing_while_others_talk(alice: Terminal, bob: RawClient) -> None:
    """Messages appear above during typing, editing and sending, and never mix with the line."""
    text = f"a line of {HARD_TEXT} that is long enough to be wrapped: {'0123456789 ' * 12}end"
    said = [f"message {number} {HARD_TEXT}" for number in range(30)]
    for number, message in enumerate(said):
        bob.asks("group", "CS350", message)
        step = len(text) // len(said) + 1
        alice.keys(text[number * step : (number + 1) * step])
    alice.keys("\x01>\x05<")  # Ctrl+A, Ctrl+E
    alice.waits_for(
        lambda screen: any("message 29" in line for line in screen) and screen[-1].endswith("end<")
    )
    alice.keys("\r")
    heard = ""
    while not heard.startswith(">"):
        heard = bob.hears()["text"]
    shown = [line for line in without_times(alice.screen) if line.startswith("[CS350 - Bob] ")]

    assert f">{text}<" == heard
    assert len(said) == len(shown)
    assert all(line.startswith(f"[CS350 - Bob] message {n} 漢字 and ") for n, line in enumerate(shown))


@pytest.mark.parametrize("columns", [20, 200])
def test_resize(alice: Terminal, bob: RawClient, columns: int) -> None:
    """The typed line survives a narrow or wide terminal, and is sent completely."""
    alice.keys(f"before {HARD_TEXT} ")
    alice.resizes(columns)
    alice.keys("between ")
    bob.asks("group", "CS350", "meanwhile")
    alice.waits_for(lambda screen: any("meanwhile" in line for line in screen))
    alice.resizes(110)
    alice.keys("after\r")
    heard = ""
    while not heard.startswith("before"):
        heard = bob.hears()["text"]

    assert f"before {HARD_TEXT} between after" == heard


def test_paste_of_code(alice: Terminal, bob: RawClient) -> None:
    """Several pasted lines are one message, with their indents."""
    code = "def f(x):\n    if x:\n\n        return 愛"
    alice.keys(f"\x1b[200~{code}\n\x1b[201~\r")
    heard = ""
    while not heard.startswith("def"):
        heard = bob.hears()["text"]

    assert code == heard


def test_long_paste_is_asked_about_once(alice: Terminal, bob: RawClient) -> None:
    """More than ten lines are sent after Enter is pressed twice."""
    code = "\n".join(f"line {number}" for number in range(11))
    alice.keys(f"\x1b[200~{code}\x1b[201~\r")
    alice.waits_for(lambda _: "11 lines: Enter sends them as one message, Ctrl+C drops them" in alice.below)
    alice.keys("\r")
    heard = ""
    while not heard.startswith("line"):
        heard = bob.hears()["text"]

    assert code == heard


def test_focus_and_slash(alice: Terminal, bob: RawClient) -> None:
    """Plain text goes where the prompt says; an unknown command is not sent; `//` sends a slash."""
    alice.keys("/jion CS351\r//etc/hosts\r/focus @Bob\r")
    alice.waits_for(lambda screen: is_below(screen, "You → @Bob: "))
    alice.keys("for you alone\r/focus\r")
    alice.waits_for(lambda screen: is_below(screen, "You: "))
    alice.keys("for nobody\r")
    alice.waits_for(lambda screen: any("Not sent: no room is selected" in line for line in screen))
    heard = sorted(bob.says() for _ in range(2))  # no order is promised between a room and a private message

    assert [["group", "Alice", "CS350", "/etc/hosts"], ["private", "Alice", "Bob", "for you alone"]] == heard
    assert any("Unknown command '/jion': did you mean /join?" in line for line in alice.screen)
    assert "[Private to Bob] for you alone" in without_times(alice.screen)


def test_tab(alice: Terminal, bob: RawClient) -> None:
    """Tab completes a command, a room, and a user, even one that has just joined."""
    alice.keys("/foc\tCS\t\r")
    alice.waits_for(
        lambda screen: screen.count("You: /join CS350") == 1 and any("/focus CS350" in s for s in screen)
    )
    bob.asks("private", "Alice", "Hi")
    alice.waits_for(lambda screen: any("[Private from Bob] Hi" in line for line in screen))
    alice.keys("/msg B\thello @Bo\t\r")
    heard = [""]
    while heard[0] != "private":
        heard = bob.says()

    assert ["private", "Alice", "Bob", "hello @Bob"] == heard


def test_searching_back(alice: Terminal, bob: RawClient) -> None:
    """Ctrl+R finds an earlier line; Enter takes it, and Enter again sends it."""
    alice.keys("the first\rthe second\r")
    alice.waits_for(lambda screen: "[CS350 - Alice] the second" in without_times(screen[:-1]))
    alice.keys("\x12fir")
    alice.waits_for(lambda screen: any("You → CS350: the first" in line for line in screen))
    alice.keys("\r\r")

    assert ["the first", "the second", "the first"] == [bob.hears()["text"] for _ in range(3)]


def test_hostile_text(alice: Terminal, bob: RawClient) -> None:
    """Texts of others can't affect the terminal, or imitate our lines."""
    bob.asks("group", "CS350", "\x1b[2J\x1b]0;pwned\x07\x9b31m\u202egnp\n[SUCCESS] You have won")
    alice.waits_for(lambda screen: any("You have won" in line for line in screen))
    forged = next(line for line in alice.screen if "You have won" in line)

    assert forged.startswith("          [SUCCESS]")
    assert any("Welcome to ClassChat, Alice!" in line for line in alice.screen)


def end_of_input(shell: Shell) -> None:
    """Press Ctrl+D."""
    shell.terminal.keys("\x04")


@pytest.mark.shared_server
@pytest.mark.parametrize(
    ("leave", "code"),
    [
        pytest.param(lambda shell: shell.terminal.keys("/quit\r"), 0, id="/quit", marks=pytest.mark.for_real),
        pytest.param(end_of_input, 0, id="Ctrl+D"),
        pytest.param(lambda shell: shell.terminal.keys("half a line\x03\x03"), 0, id="Ctrl+C twice"),
        pytest.param(lambda shell: os.kill(shell.pid, signal.SIGTERM), 0, id="SIGTERM"),
        pytest.param(lambda shell: os.kill(shell.pid, signal.SIGINT), 0, id="SIGINT"),
        pytest.param(lambda shell: os.kill(shell.pid, signal.SIGHUP), 0, id="SIGHUP"),
    ],
)
def test_terminal_is_left_as_it_was(
    terminal: StartTerminal, server: Server, tmp_path: Path, leave: Callable[[Shell], Any], code: int
) -> None:
    """After every way to leave the terminal's modes and flags are as before, and the last line is shown."""
    shell = Shell(terminal, tmp_path / "report", [*CLASSCHAT, server.address_of("Alice")])
    shell.terminal.waits_for(lambda screen: is_below(screen, "You: "))
    leave(shell)
    report = shell.ends()
    server.sees("[SERVER] User 'Alice' disconnected")

    assert (code, DISCONNECTED) == (report["exit code"], shell.terminal.screen[-1])
    assert report["before"] == report["after"]


@pytest.mark.shared_server
def test_crash(terminal: StartTerminal, server: Server, tmp_path: Path) -> None:
    """A bug is reported in one sentence with the path of the log, and the terminal is as before."""
    broken = (
        "import classchat.client.screen.screen_app as it; it.ScreenApp.goes_on = lambda *_: 1 / 0; "
        "import classchat.cli; classchat.cli.main()"
    )
    command = [sys.executable, "-c", broken, server.address_of("Alice")]
    shell = Shell(partial(terminal, XDG_STATE_HOME=str(tmp_path)), tmp_path / "report", command)
    shell.terminal.waits_for(lambda screen: is_below(screen, "You: "))
    shell.terminal.keys("\x0e")  # Ctrl+N
    report = shell.ends()
    log = tmp_path / "classchat" / "client.log"

    assert (1, report["before"]) == (report["exit code"], report["after"])
    assert f"[CLIENT] Something went wrong here, and the client has ended. Details: {log}" in "".join(
        shell.terminal.screen
    )
    assert not any("Traceback" in line for line in shell.terminal.screen)
    assert "ZeroDivisionError" in log.read_text()


@pytest.mark.shared_server
def test_stop_and_go_on(terminal: StartTerminal, server: Server) -> None:
    """Ctrl+Z returns the terminal to the shell, and `fg` continues with the begun line."""
    shell = terminal("/bin/bash", "--norc", "-i", PS1="$ ", XTERM_VERSION="cuts lines off")
    shell.waits_for(lambda screen: is_below(screen, "$ "))
    shell.keys(f"{CLASSCHAT[0]} {server.address_of('Alice')}\r")
    shell.waits_for(lambda screen: is_below(screen, "You: "))
    shell.keys("/msg Alice half")
    shell.waits_for(lambda screen: is_below(screen, "You: /msg Alice half"))
    shell.keys("\x1a")
    shell.waits_for(lambda screen: is_below(screen, "$ "))
    shell.keys("stty -a\r")
    shell.waits_for(lambda screen: any(" icanon " in line for line in screen) and is_below(screen, "$ "))
    shell.keys("fg\r")
    shell.waits_for(lambda screen: is_below(screen, "You: /msg Alice half"))
    shell.keys(" whole\r")
    shell.waits_for(lambda screen: any("[Private from Alice] half whole" in line for line in screen))

    assert any(" echo " in line for line in shell.screen)


def test_killed_server(terminal: StartTerminal, server: Server, tmp_path: Path) -> None:
    """The terminal's modes and flags are as before when the server is killed."""
    shell = Shell(terminal, tmp_path / "report", [*CLASSCHAT, "--retry", "0", server.address_of("Alice")])
    shell.terminal.waits_for(lambda screen: is_below(screen, "You: "))
    server.signals(signal.SIGKILL)
    report = shell.ends()

    assert (1, DISCONNECTED) == (report["exit code"], shell.terminal.screen[-1])
    assert report["before"] == report["after"]


def test_one_types_on_while_the_connection_is_lost(
    alice: Terminal, bob: RawClient, server: Server, serve: Callable[..., Server]
) -> None:
    """A lost connection is one quiet line, and so is its return; typed messages are sent then."""
    bob.close()
    server.signals(signal.SIGKILL)
    server.ends()
    alice.waits_for(lambda screen: any("Connection lost: reconnecting" in line for line in screen))
    alice.keys("said meanwhile\r")
    serve("--port", str(server.port))
    alice.waits_for(lambda screen: any(line.endswith("[CS350 - Alice] said meanwhile") for line in screen))
    alice.waits_for(lambda screen: any("[CLIENT] Reconnected to" in line for line in screen))
    alice.waits_for(lambda screen: bool(TIME.match(screen[-2])) and screen[-2].endswith("said meanwhile"))

    assert 1 == sum("[CLIENT] Reconnected to" in line for line in alice.screen)


@pytest.mark.shared_server
@pytest.mark.parametrize(
    ("option", "variables", "coloured"),
    [
        ("", {}, True),
        ("", {"TERM": "linux"}, True),
        ("", {"TERM": "xterm-256color"}, True),
        ("", {"NO_COLOR": "1"}, False),
        ("--no-color", {}, False),
        ("", {"TERM": "vt220"}, False),
        ("", {"TERM": "nobody-knows-256color"}, True),
    ],
)
def test_colours(
    terminal: StartTerminal,
    server: Server,
    connect: Connect,
    option: str,
    variables: dict[str, str],
    coloured: bool,
) -> None:
    """A name has a colour if the terminal has colours, unless NO_COLOR or --no-color forbids them."""
    alice = terminal(*filter(None, [*CLASSCHAT, option, server.address_of("Alice")]), **variables)
    alice.waits_for(lambda screen: is_below(screen, "You: "))
    connect(server.port, "Bob").asks("private", "Alice", "Hi")
    alice.waits_for(lambda screen: any("[Private from Bob] Hi" in line for line in screen))

    assert coloured == any(colour != "default" for colour in alice.colours)


def test_mention_and_unread(alice: Terminal, bob: RawClient) -> None:
    """One's own name stands out; messages elsewhere are counted at the bottom, and a key leads there."""
    alice.keys("/focus\r")
    bob.asks("group", "CS350", "Hello alice, and malice")
    bob.asks("private", "Alice", "psst")
    alice.waits_for(lambda _: "no room · 1:CS350 1! · 2:@Bob 1! · connected" in alice.below)
    highlighted = alice.highlighted
    alice.keys("\x0e")  # Ctrl+N
    alice.waits_for(lambda screen: is_below(screen, "You → CS350: "))
    alice.keys("\x1b2")  # Alt+2
    alice.waits_for(lambda screen: is_below(screen, "You → @Bob: "))

    assert "alice" == highlighted
    assert alice.below.endswith("→ @Bob · connected")


def test_person_and_room_of_one_name(
    alice: Terminal, bob: RawClient, server: Server, connect: Connect
) -> None:
    """A message for a user does not go to a room with that name, even if the user is gone."""
    bob.asks("create", "Bob")
    bob.hears()
    alice.keys("/join Bob\r/focus @Bob\r")
    alice.waits_for(lambda screen: is_below(screen, "You → @Bob: "))
    bob.quits()
    carol = connect(server.port, "Carol")
    carol.asks("join", "Bob")
    carol.hears()
    alice.waits_for(lambda screen: "[Bob] Carol has joined the chat room" in without_times(screen))
    alice.keys("for you alone\r")
    alice.waits_for(lambda screen: "[CLIENT] Not sent: /private Bob for you alone" in without_times(screen))
    carol.asks("ping")
    heard = [carol.hears()["text"] for _ in range(2)]

    assert ["Carol has joined the chat room", "pong"] == heard
    assert is_below(alice.screen, "You → @Bob: ")


def test_what_one_says_appears_at_once(alice: Terminal, bob: RawClient, server: Server) -> None:
    """A sent message is above the prompt until the server answers, and then in the conversation."""
    server.signals(signal.SIGSTOP)
    alice.keys("Are you there?\r")
    alice.waits_for(lambda screen: screen[-2:] == ["[CS350 - Alice] Are you there?", "You → CS350: "])
    server.signals(signal.SIGCONT)
    alice.waits_for(lambda screen: bool(TIME.match(screen[-2])))

    assert 1 == sum("Are you there?" in line for line in alice.screen)


def test_connection_that_is_lost(
    alice: Terminal, bob: RawClient, server: Server, serve: StartServer, connect: Connect
) -> None:
    """A lost connection and its return are one quiet line each; lines typed meanwhile are sent."""
    alice.keys("half a ")
    server.signals(signal.SIGKILL)
    server.ends()
    alice.waits_for(lambda _: alice.below.endswith("→ CS350 · reconnecting"))
    alice.keys("line\r")
    alice.waits_for(lambda screen: screen[-2:] == ["[CS350 - Alice] half a line", "You → CS350: "])
    serve("--port", str(server.port))
    alice.waits_for(
        lambda screen: "[CS350 - Alice] half a line" in without_times(screen[:-1]) and TIME.match(screen[-2])
    )
    place = f"127.0.0.1:{server.port}"

    shown = [line for line in without_times(alice.screen) if line.startswith(("[CLIENT] ", "[CS350 - "))]

    assert [
        f"[CLIENT] Connection lost: reconnecting to {place}",
        f"[CLIENT] Reconnected to {place}: back in CS350",
        "[CS350 - Alice] half a line",
    ] == shown[-3:]


def test_narrow_window(alice: Terminal, bob: RawClient) -> None:
    """In a narrow window the line at the bottom still shows the focus and the connection's state."""
    alice.resizes(24)
    alice.waits_for(lambda _: alice.below == "→ CS350 · connected")

    assert len(alice.below) < 24


def test_what_is_kept_between_runs(terminal: StartTerminal, server: Server, tmp_path: Path) -> None:
    """Up shows the lines of the last run except private ones; ignored users stay ignored."""
    first = terminal(*CLASSCHAT, server.address_of("Alice"))
    first.waits_for(lambda screen: is_below(screen, "You: "))
    first.keys("/create CS350\r")
    first.waits_for(lambda screen: is_below(screen, "You → CS350: "))
    first.keys(
        "for all\r/ignore Mallory\r/msg Alice for one\r/privte Alice for one\r/focus @Alice\rfor one\r/quit\r"
    )
    first.ends()
    second = terminal(*CLASSCHAT, server.address_of("Alice"))
    second.waits_for(lambda screen: is_below(screen, "You: "))
    second.keys("/ignore\r")
    second.waits_for(lambda screen: "[CLIENT] Ignored users: Mallory" in without_times(screen))
    lines = []
    for shown in ("/ignore", "/quit", "/focus @Alice", "for all", "/create CS350"):
        second.keys("\x1b[A")
        second.waits_for(lambda screen, shown=shown: screen[-1].rstrip() == f"You: {shown}")
        lines.append(shown)
    kept = (tmp_path / ".local/state/classchat/typed").read_text()

    assert "for one" not in kept
    assert "Mallory" not in kept


def test_payloads(terminal: StartTerminal, first_server: StartFirstServer) -> None:
    """No text, name or room name can affect the terminal or end the client."""
    server = first_server()
    alice = terminal(*CLASSCHAT, server.address_of("Alice"))
    alice.waits_for(lambda screen: is_below(screen, "You: "))
    state = alice.state
    for number, payload in enumerate(PAYLOADS.values()):
        for fields in (("R", payload, "Bob"), (payload, "x", "Bob"), ("R", "x", payload)):
            for status in ("group", "private"):
                server.tells("Alice", line(status, *fields))
        server.tells("Alice", line("group", "R", f"number {number} ends", "Bob"))
    alice.waits_for(lambda screen: any(f"number {len(PAYLOADS) - 1} ends" in line for line in screen))
    alice.keys("still here")
    alice.waits_for(lambda screen: is_below(screen, "You: still here"))

    assert state == alice.state
    assert not [line for line in alice.screen if line.startswith(("[SUCCESS] You", "[ERROR]"))]
    assert "no room" in alice.below


@pytest.mark.parametrize(
    ("module", "broken"),
    [
        ("screen.drawing", "color_depth"),
        ("screen.editor", "Editor.__init__"),
        ("screen.editor", "Editor.connectionMade"),
        ("screen.screen_app", "ScreenApp.toolbar"),
        ("screen.screen_app", "pending_line"),
        ("screen.screen_app", "ScreenApp.typed"),
        ("screen.screen_app", "ScreenApp.wind_up"),
    ],
)
def test_crash_anywhere(
    terminal: StartTerminal, server: Server, tmp_path: Path, module: str, broken: str
) -> None:
    """A bug at the start, in drawing, or at the end ends the client without spoiling the screen."""
    script = (
        f"import classchat.client.{module} as it; it.{broken} = lambda *_: 1 / 0; "
        "import classchat.cli; classchat.cli.main()"
    )
    shell = Shell(terminal, tmp_path / "report", [sys.executable, "-c", script, server.address_of("Alice")])
    if broken == "pending_line":  # drawn only until the server answers
        shell.terminal.waits_for(lambda screen: is_below(screen, "You: "))
        server.signals(signal.SIGSTOP)
    shell.terminal.keys("/focus @Alice\rHello\r" if broken != "ScreenApp.wind_up" else "/quit\r")
    report = shell.ends()
    shown = "".join(shell.terminal.screen)

    assert (1, report["before"]) == (report["exit code"], report["after"])
    assert "Traceback" not in shown
    assert "Something went wrong here" in shown


@pytest.mark.shared_server
def test_dumb_terminal(terminal: StartTerminal, server: Server) -> None:
    """A dumb terminal gets line mode."""
    alice = terminal(*CLASSCHAT, server.address_of("Alice"), TERM="dumb")
    alice.is_asked()
    alice.keys("/quit\r")

    assert 0 == alice.ends()
    assert [*greeting("Alice", server.port), "You: /quit", DISCONNECTED] == alice.screen


def test_keys_of_the_line(alice: Terminal, bob: RawClient) -> None:
    """Alt+Enter breaks the line, Ctrl+D deletes in it, Ctrl+O sends it, and Alt+# does nothing."""
    alice.keys("one\x1b\rtwXo\x1b[D\x1b[D\x04\x05\x1b#\x0f")

    assert "one\ntwo" == bob.hears()["text"]


def test_menu(alice: Terminal, bob: RawClient) -> None:
    """With several completions Tab and Shift+Tab go through them, and Enter takes the chosen one."""
    alice.keys("/m\t")
    alice.waits_for(lambda _: "/me" in map(str.strip, alice.all_lines))
    alice.keys("\t\t\x1b[Z")
    alice.waits_for(lambda screen: is_below(screen, "You → CS350: /msg"))
    alice.keys("\r Bob psst\r")

    assert ["private", "Alice", "Bob", "psst"] == bob.says()


def test_paste_that_is_dropped(alice: Terminal, bob: RawClient) -> None:
    """Ctrl+C drops a long paste that waits for Enter, and the next line is sent alone."""
    alice.keys("\x1b[200~" + "x\n" * 20 + "\x1b[201~\r")
    alice.waits_for(lambda _: alice.below.startswith("20 lines: Enter sends them"))
    alice.keys("\x03")
    alice.waits_for(lambda _: alice.below == "Press Ctrl+C again to leave")
    alice.keys("only this\r")

    assert "only this" == bob.hears()["text"]


def test_clear(alice: Terminal, bob: RawClient) -> None:
    """`/clear` empties the screen, and the conversation continues."""
    alice.keys("/clear\r")
    alice.waits_for(lambda screen: screen == ["You → CS350: "])
    alice.keys("still here\r")

    assert "still here" == bob.hears()["text"]
