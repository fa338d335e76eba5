"""What stands in `config.toml`: the shipped command, with a home of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import StartProcess
from tests.e2e.helpers import CLASSCHAT, Server, piped_greeting

Write = Callable[[str], None]


@pytest.fixture
def config(tmp_path: Path) -> Write:
    """Write the file where it belongs."""

    def write(text: str) -> None:
        path = tmp_path / ".config" / "classchat" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")

    return write


def test_it_says_where_to_go(config: Write, server: Server, process: StartProcess) -> None:
    """With host, port and name in the file, `classchat` alone asks for nothing."""
    config(f'host = "127.0.0.1"\nport = {server.port}\nname = "Zoë"\n')
    zoe = process(*CLASSCHAT)
    zoe.says_no_more()

    assert 0 == zoe.ends()
    assert piped_greeting("Zoë", server.port) == zoe.lines[: len(piped_greeting("", 0))]


def test_named_server(config: Write, server: Server, process: StartProcess) -> None:
    """`classchat @school` goes where the file says, under the name that it has there."""
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
    """A wrong key, or value, is named with its line, before anybody is called."""
    config(text)
    alice = process(*CLASSCHAT)

    assert (1, []) == (alice.ends(), alice.lines)
    assert complaint in alice.err.decode()
    assert "config.toml" in alice.err.decode()


def test_server_that_is_not_named(config: Write, process: StartProcess) -> None:
    """A server that the file does not name is told, with those that it does."""
    config('[servers.school]\nhost = "x"\n')
    alice = process(*CLASSCHAT, "@scool")

    assert 2 == alice.ends()
    assert b"Unknown server '@scool'. Known servers: @school" in alice.err
