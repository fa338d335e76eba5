"""Passwords in the shipped commands: they are never shown, and the terminal stays as it was."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import StartProcess, StartTerminal
from tests.e2e.helpers import CLASSCHAT, PLAIN, PROMPT, Process, Server, Terminal, claim, piped_greeting
from tests.e2e.test_leaving import Shell

SECRET = "correct horse"  # noqa: S105
ASKS = "Password for Alice: "
NEW, AGAIN = "Your new password: ", "Your new password again: "
WRONG = "[ERROR] Wrong name or password. Please try again."
CLAIMED = "[SUCCESS] The name 'Alice' is now registered. From now on, sign in with your password"

MODES = pytest.mark.parametrize("command", [PLAIN, CLASSCHAT], ids=["line", "screen"])


def is_below(terminal: Terminal, line: str) -> None:
    """Wait until the cursor is at the end of this line."""
    terminal.waits_for(lambda screen: screen[-1:] == [line])


def answers(terminal: Terminal, prompt: str, text: str) -> None:
    """Answer a hidden prompt."""
    is_below(terminal, prompt)
    terminal.keys(f"{text}\r")


def has(screen: list[str], part: str) -> bool:
    """Return whether a text is anywhere on a screen."""
    return any(part in line for line in screen)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """Return a private file with the password."""
    path = tmp_path / "password"
    path.touch(mode=0o600)
    path.write_text(f"{SECRET}\n")
    return path


@pytest.fixture(scope="module")
def account(lasting_server: Server) -> Server:
    """Register Alice's name once for most tests, and return the server."""
    claim(lasting_server.directory / "classchat.sqlite", "Alice", SECRET)
    return lasting_server


@pytest.fixture
def claimed(account: Server) -> Server:
    """Return a server on which Alice's name is registered, and nobody is signed in."""
    account.is_left_by_all()
    return account


def is_kept_nowhere(home: Path, *processes: Process) -> bool:
    """Check that neither files nor output contain the password, except its own file."""
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "password"]
    printed = [text for each in processes for text in (each.out, each.err)]
    return not any(SECRET.encode() in text for text in [*printed, *(path.read_bytes() for path in files)])


@MODES
def test_claiming_and_signing_in(
    command: tuple[str, ...], terminal: StartTerminal, server: Server, tmp_path: Path
) -> None:
    """A name is registered, and used from a second terminal; no password is on a screen or in a file."""
    first = terminal(*command, server.address_of("Alice"))
    is_below(first, PROMPT)
    first.keys("/claim\r")
    answers(first, NEW, SECRET)
    answers(first, AGAIN, SECRET)
    first.waits_for(lambda screen: has(screen, CLAIMED) and screen[-1] == PROMPT)
    second = terminal(*command, server.address_of("Alice"))
    answers(second, ASKS, "wrong horse")
    second.waits_for(lambda screen: has(screen, WRONG))
    answers(second, ASKS, SECRET)
    second.waits_for(lambda screen: has(screen, "Welcome to ClassChat, Alice!") and screen[-1] == PROMPT)
    second.keys("\x1b[A\x1b[A" if command is CLASSCHAT else "")
    second.keys("\x15/rooms\r")
    second.waits_for(lambda screen: has(screen, "There are no chat rooms") or has(screen, "rooms: "))

    assert not has(first.screen + second.screen, "horse")
    assert is_kept_nowhere(tmp_path, server)


@MODES
@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(lambda shell: shell.terminal.presses("c"), id="Ctrl+C"),
        pytest.param(lambda shell: shell.terminal.presses("d"), id="Ctrl+D"),
        pytest.param(lambda shell: os.kill(shell.pid, signal.SIGTERM), id="SIGTERM"),
        pytest.param(lambda shell: os.kill(shell.pid, signal.SIGHUP), id="SIGHUP"),
    ],
)
def test_leaving_at_the_question(
    command: tuple[str, ...],
    leave: Callable[[Shell], None],
    terminal: StartTerminal,
    claimed: Server,
    tmp_path: Path,
) -> None:
    """After every way to leave a hidden prompt the terminal echoes again."""
    shell = Shell(terminal, tmp_path / "report", [*command, claimed.address_of("Alice")])
    is_below(shell.terminal, ASKS)
    leave(shell)
    report = shell.ends()

    assert report["before"] == report["after"]


@MODES
def test_many_mistakes(command: tuple[str, ...], terminal: StartTerminal, claimed: Server) -> None:
    """After any number of mistyped passwords the next prompt is still hidden."""
    alice = terminal(*command, claimed.address_of("Alice"))
    for number in range(4):
        alice.waits_for(
            lambda screen, number=number: (
                sum(WRONG in line for line in screen) == number and screen[-1:] == [ASKS]
            )
        )
        alice.keys("a mistake\r")
    alice.waits_for(lambda screen: sum(WRONG in line for line in screen) == 4 and screen[-1:] == [ASKS])
    alice.keys(f"{SECRET}\rmistake\r" if command is PLAIN else f"{SECRET}\r")
    alice.waits_for(lambda screen: has(screen, "Welcome to ClassChat, Alice!") and screen[-1] == PROMPT)

    assert not has(alice.screen, "mistake")


@MODES
def test_another_name(command: tuple[str, ...], terminal: StartTerminal, claimed: Server) -> None:
    """Enter alone asks for another name, which is shown while it is typed."""
    alice = terminal(*command, claimed.address_of("Alice"))
    answers(alice, ASKS, "")
    is_below(alice, "Enter your username: ")
    alice.keys("Alicia\r")
    alice.waits_for(lambda screen: has(screen, "[SUCCESS] Welcome to ClassChat, Alicia!"))

    assert has(alice.screen, "Enter your username: Alicia")


def test_stopped_at_the_question(terminal: StartTerminal, claimed: Server) -> None:
    """After a stop, when the shell has reset the terminal, the prompt continues hidden."""
    alice = terminal(*PLAIN, claimed.address_of("Alice"))
    is_below(alice, ASKS)
    hidden = not alice.echoes
    alice.signals(signal.SIGSTOP)
    alice.echoes = True
    alice.signals(signal.SIGCONT)
    alice.stops_echoing()
    answers(alice, ASKS, SECRET)
    alice.is_asked()

    assert (True, True) == (hidden, alice.echoes)
    assert not has(alice.screen, "horse")


@MODES
def test_password_is_changed(
    command: tuple[str, ...], terminal: StartTerminal, server: Server, tmp_path: Path, password_file: Path
) -> None:
    """/password asks for the current password, unless a file has it, and twice for the new one."""
    claim(tmp_path / "classchat.sqlite", "Alice", SECRET)
    alice = terminal(*command, "--password-file", str(password_file), server.address_of("Alice"))
    is_below(alice, PROMPT)
    alice.keys("/password\r")
    answers(alice, "Your password: ", SECRET)
    answers(alice, NEW, "battery staple")
    answers(alice, AGAIN, "battery staple")
    alice.waits_for(lambda screen: has(screen, "[SUCCESS] Your password has been changed"))

    assert not has(alice.screen, "horse")
    assert not has(alice.screen, "staple")


def test_script_registers(
    server: Server, process: StartProcess, password_file: Path, terminal: StartTerminal
) -> None:
    """A script registers its name with the password of its file; from then on it is asked for."""
    script = process(*CLASSCHAT, "--password-file", str(password_file), server.address_of("Alice"))
    script.says("/claim")
    script.says_no_more()
    code = script.ends()
    is_below(terminal(*PLAIN, server.address_of("Alice")), ASKS)

    assert (0, b"") == (code, script.err)
    assert CLAIMED in script.lines


def test_script_signs_in(claimed: Server, process: StartProcess, password_file: Path, tmp_path: Path) -> None:
    """A script signs in with its password file, from config.toml as well, and prints no password."""
    config = tmp_path / ".config" / "classchat" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        f'[servers.here]\nhost = "127.0.0.1"\nport = {claimed.port}\nname = "Alice"\n'
        f'password-file = "{password_file}"\n'
    )
    script = process(*CLASSCHAT, "@here")
    script.says("/away at lunch", "/users", "/back")
    script.says_no_more()
    code = script.ends()

    assert (0, b"") == (code, script.err)
    assert piped_greeting("Alice", claimed.port) == script.lines[: len(piped_greeting("", 0))]
    assert "[SUCCESS] Users online: Alice (away: at lunch)" in script.lines
    assert not any(
        SECRET in text for text in (script.out.decode(), claimed.out.decode(), claimed.err.decode())
    )


def test_script_without_a_password(claimed: Server, chat: Callable[..., Process]) -> None:
    """A script without a password file says what it needs, and exits with 1."""
    script = chat(claimed, "Alice")
    script.says_no_more()

    assert 1 == script.ends()
    assert script.lines[-1].endswith("Give the password with --password-file FILE")


def test_file_that_others_may_read(claimed: Server, process: StartProcess, password_file: Path) -> None:
    """A password file that others may read is refused before connecting."""
    password_file.chmod(0o644)
    script = process(*CLASSCHAT, "--password-file", str(password_file), claimed.address_of("Alice"))

    assert 2 == script.ends()
    assert b"" == script.out
    assert (
        f"Others can read the password in {password_file}: chmod 600 {password_file}" in script.err.decode()
    )
