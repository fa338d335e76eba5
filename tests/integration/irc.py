"""IRC clients of this tier: they say lines, and wait for lines."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol

from classchat.irc.network import Network
from tests.integration.helpers import PATIENCE, Client, HungUp, Serve, Server
from tests.unit.irc.helpers import STARTED, command_of


class IRCClient(Client):
    """One end of a connection that speaks IRC."""

    def sends(self, *lines: str) -> None:
        """Send some lines."""
        self.send("".join(f"{line}\r\n" for line in lines).encode())

    async def hears_line(self, command: str, containing: str = "") -> str:
        """Return the next line with a command or numeric and some text; lines before it are skipped."""
        while True:
            while self._read < len(self.heard):
                line = self.heard[self._read].decode().removesuffix("\r")
                self._read += 1
                if command_of(line) == command and containing in line:
                    return line
            if self.gone:
                raise HungUp(f"{self} was hung up on before hearing {command} {containing}")
            await self._happened.wait(lambda: f"{self} did not hear {command} {containing}")

    async def vanishes(self) -> None:
        """Reset the connection."""
        self.transport.abortConnection()
        while not self.gone:
            await self._happened.wait(lambda: f"{self} is still connected")

    async def closed_after(self, command: str) -> str:
        """Wait until the connection is closed; return the last line, which has this command."""
        while not self.gone:
            await self._happened.wait(lambda: f"{self} is still connected")
        line = self.heard[-1].decode().removesuffix("\r")
        assert command_of(line) == command, line
        return line


async def irc_server(serve: Serve, **options: object) -> Server:
    """Start a server that speaks IRC and JSON, with these options of `build`."""
    return await serve(**{"network": Network(STARTED), **options})


async def irc_dials(server: Server) -> IRCClient:
    """Return a connection that speaks IRC, and has not registered."""
    endpoint = TCP4ClientEndpoint(reactor, *server.address)
    client = await connectProtocol(endpoint, IRCClient()).addTimeout(PATIENCE, reactor)
    server.adopts(client)
    return client


async def irc_connects(server: Server, nick: str, *capabilities: str) -> IRCClient:
    """Return a registered client with these capabilities."""
    client = await irc_dials(server)
    client.name = nick
    if capabilities:
        client.sends("CAP LS 302", f"CAP REQ :{' '.join(capabilities)}", "CAP END")
    client.sends(f"NICK {nick}", f"USER {nick.lower()} 0 * :{nick}")
    await client.hears_line("001")
    return client
