"""The second example of docs/bots.md, word for word, with a server that the test plays."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from classchat.class_events import AboutPoll
from classchat.messages import Error, Group, Success
from tests.unit.client.helpers import Server, granted
from tests.unit.client.test_bot import WELCOME

BOTS = Path(__file__).parents[3] / "docs" / "bots.md"


def program() -> dict[str, Any]:
    """Return what the example defines, without its last line, which runs it."""
    examples = re.findall(
        r"^```python\n(.*?)^```", BOTS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    (text,) = [text for text in examples if '"Pollster"' in text]
    defined: dict[str, Any] = {}
    exec(text.replace("react(main", "(main"), defined)  # noqa: S102
    return defined


class ExampleTests(SynchronousTestCase):
    """A bot that opens a poll."""

    def plays(self, *, exists: bool, counts: list[int] | None) -> tuple[list[dict[str, Any]], str]:
        """Play a server where the poll closes with these counts; return the requests, and what is printed."""
        reactor = MemoryReactorClock()
        defined = program()
        printed = StringIO()
        with redirect_stdout(printed):
            running = Deferred.fromCoroutine(defined["main"](reactor, "tcp:127.0.0.1:5555"))
            server = Server(reactor.tcpClients[-1][2].buildProtocol(None))
            server.forgets()
            server.tells(WELCOME)
            if exists:
                refusal = Error("SERVER", "Pollster", "exists", code="room_exists", id=server.hears[-1]["id"])
                server.tells(refusal)
            while server.hears[-1]["status"] in ("create", "join"):
                server.tells(granted(server.hears[-1]["id"]))
            poll = server.hears[-1]
            server.tells(Success("SERVER", "Pollster", "Poll 1 is open", id=poll["id"], number=1))
            asked = {"number": 1, "text": poll["text"], "options": poll["options"], "until": ""}
            for state in ("open", "closed"):
                about = AboutPoll("CS350", state=state, counts=counts, **asked)  # type: ignore[arg-type]
                server.tells(Group("SERVER", "CS350", "Poll 1: …", about=about))
            server.tells(granted(server.hears[-1]["id"], "Goodbye"))
            server.hangs_up()
        self.successResultOf(running)
        return server.hears, printed.getvalue()

    def test_result(self) -> None:
        """The bot creates its room, opens the poll, prints the result and leaves."""
        requests, printed = self.plays(exists=False, counts=[9, 41])

        assert ["create", "poll", "quit"] == [one["status"] for one in requests]
        assert "quicksort: 9\nmergesort: 41\n" == printed

    def test_few_votes(self) -> None:
        """In a room that exists, with too few votes, it joins and prints question marks."""
        requests, printed = self.plays(exists=True, counts=None)

        assert ["create", "join", "poll", "quit"] == [one["status"] for one in requests]
        assert "quicksort: ?\nmergesort: ?\n" == printed
