"""The words that the tests of IRC clients use: a server without a port, and clients that speak raw IRC.

server = IRCServer()
alice, bob = server.irc("Alice", "Bob")
alice.sends("JOIN #CS350")
server.turn()

assert [":Alice!~alice@Alice JOIN #CS350"] == bob.lines("JOIN")
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.testing import Clock

from classchat.core.entries import Entry
from classchat.core.journal_port import Changed, Deliver, Others, TakeBack, nothing_changes
from classchat.core.stored import Restored
from classchat.errors import ChatError
from classchat.irc.network import Network
from classchat.journal.memory import MemoryJournal
from classchat.servers.irc import row
from classchat.servers.sniffer import DIALECTS
from tests.unit.core.helpers import RIGHT
from tests.unit.helpers import NOW
from tests.unit.servers.helpers import ADDRESS, Caller, Server

STARTED = 1_795_600_800.0
"""When the tests' server started: 2026-11-25, 10:00 UTC."""


class IRCCaller(Caller):
    """The far end of a connection that speaks IRC."""

    def sends(self, *lines: str | bytes | dict[str, Any], end: bytes = b"\r\n") -> None:
        """Send lines in one chunk."""
        super().sends(*lines, end=end)

    def lines(self, *commands: str) -> list[str]:
        """Return all lines since `forgets`, or those with some commands or numerics."""
        lines = self.wire.value().decode().split("\r\n")
        assert not lines.pop(), "half a line"
        return [line for line in lines if not commands or command_of(line) in commands]

    def numerics(self) -> list[str]:
        """Return the command or numeric of each line since `forgets`."""
        return [command_of(line) for line in self.lines()]

    def registers(self, nick: str, *capabilities: str, forget: bool = True) -> None:
        """Register under a nickname, with these capabilities; then forget the welcome."""
        if capabilities:
            self.sends("CAP LS 302", f"CAP REQ :{' '.join(capabilities)}")
        self.sends(f"NICK {nick}", f"USER {nick.lower()} 0 * :{nick} of ClassChat")
        if capabilities:
            self.sends("CAP END")
        assert "001" in self.numerics(), self.lines()
        if forget:
            self.forgets()


class FailingJournal(MemoryJournal):
    """A journal whose next batches can't be stored, while it is told so."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, lambda: NOW)
        self.reason: ChatError | None = None
        """Why nothing can be stored."""

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,
        changed: Changed = nothing_changes,
        others: Others | None = None,
    ) -> Restored:
        """Take the callbacks: a batch that can't be stored is taken back instead of delivered."""

        def deliver_or_not(batch: Sequence[Entry]) -> None:
            if self.reason is None:
                deliver(batch)
            else:
                take_back(batch, self.reason)

        return super().open(deliver_or_not, take_back, changed)


class IRCServer(Server):
    """A server without a port that speaks IRC and JSON."""

    def __init__(self, *arguments: Any, network: Network | None = None, **others: Any) -> None:
        self.network = network or Network(STARTED)
        super().__init__(*arguments, dialects=(row(self.network), *DIALECTS), **others)

    def is_called_by_irc(self, address: IAddress | None = ADDRESS) -> IRCCaller:
        """Return a caller that speaks IRC, and has not registered."""
        caller = IRCCaller(self, address)
        self.callers.append(caller)
        return caller

    def irc(self, *nicks: str, capabilities: Sequence[str] = ()) -> list[IRCCaller]:
        """Return registered callers with these nicknames and capabilities, without their welcomes."""
        callers = []
        for nick in nicks:
            caller = self.is_called_by_irc()
            caller.registers(nick, *capabilities)
            callers.append(caller)
        self.forgets()
        return callers

    def irc_caller(self, at: int) -> IRCCaller:
        """Return a client that speaks IRC, by its place among all."""
        caller = self.callers[at]
        assert isinstance(caller, IRCCaller)
        return caller

    def answers(self, who: IRCCaller, *lines: str) -> list[str]:
        """Return the answers to some lines of a client, without the server's name."""
        who.forgets()
        who.sends(*lines)
        self.settles()
        return [line.removeprefix(":classchat.server ") for line in who.lines()]

    def claims(self, caller: Caller, password: str = RIGHT) -> None:
        """Register the name of a JSON client, and forget the answer."""
        caller.sends({"status": "claim", "text": password})
        self.settles()
        self.forgets()

    def settles(self) -> None:
        """Take some turns: whatever waits for the journal is done."""
        for _ in range(5):
            self.turn()


def plain(name: str, password: str = RIGHT, authzid: str = "") -> str:
    """Return the message of SASL PLAIN."""
    return base64.b64encode(f"{authzid}\0{name}\0{password}".encode()).decode()


def command_of(line: str) -> str:
    """Return the command or numeric of a line."""
    words = line.split(" ")
    while words[0].startswith(("@", ":")):
        del words[0]
    return words[0]
