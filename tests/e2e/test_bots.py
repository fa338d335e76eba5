"""The example of docs/bots.md, word for word, as a process of its own."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.e2e.conftest import StartProcess, StartServer
from tests.e2e.helpers import Process, Server

BOTS = Path(__file__).parents[2] / "docs" / "bots.md"


def example(name: str = "Greeter") -> str:
    """Return the page's complete program of this name; its other examples are parts of programs."""
    examples = re.findall(r"^```python\n(.*?)^```", BOTS.read_text(), re.DOTALL | re.MULTILINE)
    (program,) = [text for text in examples if "react(" in text and f'"{name}"' in text]
    return str(program)


def test_example_is_short() -> None:
    """The example has at most twenty lines."""
    assert 20 == sum(bool(line.strip()) for line in example().splitlines())


def test_example(
    process: StartProcess,
    server: Server,
    serve: StartServer,
    chat: Callable[..., Process],
    tmp_path: Path,
) -> None:
    """The example greets in its room, answers in private, and reconnects after a kill of its server."""
    (tmp_path / "greeter.py").write_text(example())
    bot = process(sys.executable, "greeter.py", f"127.0.0.1:{server.port}")
    server.sees("[SERVER] Chat room 'CS350' created by Greeter")
    alice = chat(server, "Alice")
    alice.says("/join CS350", "/group CS350 Hello, everybody!")
    alice.sees("[CS350 - Greeter] Hello Alice, you are number 1")
    alice.says("/private Greeter Who are you?")
    alice.sees("[Private from Greeter] I am a program. You said: Who are you?")
    server.signals(signal.SIGKILL)
    server.ends()
    again = serve("--port", str(server.port))
    again.sees("[SERVER] User 'Greeter' registered successfully")
    again.sees("[SERVER] User 'Alice' registered successfully")
    alice.says("/private Greeter Still there?")
    alice.sees("[Private from Greeter] I am a program. You said: Still there?")
    bot.signals(signal.SIGINT)
    bot.ends()

    assert (b"", b"") == (bot.out, bot.err)
