"""A class of IRC clients for tests: `#CS350`, which Mona moderates; Alice and Bob are students."""

from __future__ import annotations

from dataclasses import replace

from classchat.limits import Limits
from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.servers.helpers import Caller

CAPABILITIES = ("echo-message", "labeled-response", "batch", "message-tags", "draft/multiline")

UNLIMITED = replace(Limits(), messages=None, requests=None, readings=None)


class IRCClass:
    """Mona, Alice and Bob with IRC clients, and Joy with a JSON client."""

    def __init__(self, *capabilities: str) -> None:
        self.server = IRCServer(limits=UNLIMITED)
        self.mona, self.alice, self.bob = self.server.irc(
            "Mona", "Alice", "Bob", capabilities=capabilities or CAPABILITIES
        )
        (self.joy,) = self.server.signs_in("Joy")
        for caller in (self.mona, self.alice, self.bob):
            self.does(caller, "JOIN #CS350")
        self.joy.sends({"status": "join", "receiver": "CS350"})
        self.server.settles()
        self.server.forgets()

    def does(self, caller: Caller, *lines: str) -> None:
        """Send lines, one after the other."""
        for line in lines:
            caller.sends(line)
            self.server.settles()

    def teaches(self, *texts: str) -> None:
        """Send texts from Mona to Class; then forget all answers."""
        self.does(self.mona, *(f"PRIVMSG Class :{text}" for text in texts))
        self.server.forgets()

    def answers(self, caller: IRCCaller, *lines: str) -> list[str]:
        """Send lines; return the texts of the NOTICEs to this client alone."""
        self.server.forgets()
        self.does(caller, *lines)
        return notices(caller)

    def others(self, caller: Caller) -> bytes:
        """Return all bytes that the other clients were sent since `forgets`."""
        return b"".join(other.wire.value() for other in self.server.callers if other is not caller)


def notices(caller: IRCCaller) -> list[str]:
    """Return the texts of the NOTICEs to a client alone."""
    found = (line.partition("NOTICE ")[2] for line in caller.lines("NOTICE"))
    return [text.partition(" ")[2].removeprefix(":") for text in found if not text.startswith("#")]
