"""`config.toml` with the shipped command, in a separate home directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import StartProcess
from tests.e2e.helpers import CLASSCHAT, Server, piped_greeting

Write = Callable[[str], None]


@pytest.fixture
def config(tmp_path: Path) -> Write:
    """Return a function that writes the file to its place."""

    def write(text: str) -> None:
        path = tmp_path / ".config" / "classchat" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")

    return write


def test_it_says_where_to_go(config: Write, server: Server, process: StartProcess) -> None:
    """With host, port and name in the file, `classchat` alone asks no questions."""
    config(f'host = "127.0.0.1"\nport = {server.port}\nname = "Zoë"\n')
    zoe = process(*CLASSCHAT)
    zoe.says_no_more()

    assert 0 == zoe.ends()
    assert piped_greeting("Zoë", server.port) == zoe.lines[: len(piped_greeting("", 0))]


def test_named_server(config: Write, server: Server, process: StartProcess) -> None:
    """`classchat @school` connects to the server in the file, with its name."""
    config(f'port = 1\n[servers.school]\nhost = "127.0.0.1"\nport = {server.port}\nname = "Alice.S"\n')
    alice = process(*CLASSCHAT, "@school")
    alice.says_no_more()

    assert 0 == alice.ends()
    assert "[SUCCESS] Welcome to ClassChat, Alice.S!" in alice.lines


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            'name = "Alice"\n\nnmae = "Bob"\n',
            "line 3: unknown setting 'nmae'; known settings: host, port, name, bell,",
        ),
        ('# mine\nbell = "loud"\n', "line 2: 'loud' is not a choice for the bell: use off, mention or all"),
        (
            '[servers.a]\nhost = "x"\nprot = 1\n',
            "line 3: unknown setting 'prot'; known settings: host, port, name",
        ),
        ('name = "Alice\n', "line 1"),
    ],
)
def test_mistake(config: Write, process: StartProcess, text: str, complaint: str) -> None:
    """A wrong key or value is reported with its line, before connecting."""
    config(text)
    alice = process(*CLASSCHAT)

    assert (1, []) == (alice.ends(), alice.lines)
    assert complaint in alice.err.decode()
    assert "config.toml" in alice.err.decode()


def test_server_that_is_not_named(config: Write, process: StartProcess) -> None:
    """An unknown named server is refused, with the list of known ones."""
    config('[servers.school]\nhost = "x"\n')
    alice = process(*CLASSCHAT, "@scool")

    assert 2 == alice.ends()
    assert b"Unknown server '@scool'. Known servers: @school" in alice.err
