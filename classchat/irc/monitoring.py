"""MONITOR: a client is told when users with certain names sign in, and when they are gone.

    -> MONITOR + Alice,Bob      <- 730 me :Alice!~user@Alice    <- 731 me Bob
                                <- 730 me :Bob!~user@Bob        as soon as Bob signs in

https://ircv3.net/specs/extensions/monitor. A user is here for as long as the answer to `users` lists them:
the owner of an account who is disconnected for a moment is not gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from classchat.irc.client import Client, Entry
from classchat.irc.sight import packed
from classchat.wire.irc import numerics
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.isupport import MOST_MONITORED
from classchat.wire.irc.rendering import source_of


def monitor(client: Client, line: IRCLine) -> None:
    """Answer a MONITOR: `+` and `-` with names, `C` to clear, `L` to list, `S` for who is here."""
    monitors = client.network.monitors
    wanted = [name for name in line.params[1].split(",") if name] if len(line.params) > 1 else []
    match line.params[0].upper():
        case "+":
            monitored, left_out = monitors.add(client, wanted)
            _report(client, monitored)
            for some in _lines(client, left_out):
                client.reply(numerics.ERR_MONLISTFULL, str(MOST_MONITORED), some, "Monitor list is full.")
        case "-":
            monitors.remove(client, wanted)
        case "C":
            monitors.clear(client)
        case "L":
            for some in _lines(client, monitors.of(client).values()):
                client.reply(numerics.RPL_MONLIST, some)
            client.reply(numerics.RPL_ENDOFMONLIST, "End of MONITOR list")
        case "S":
            _report(client, monitors.of(client).values())
        case _:
            client.reply(numerics.ERR_NEEDMOREPARAMS, "MONITOR", "Use MONITOR + names, - names, C, L or S")


def _report(client: Client, wanted: Iterable[str]) -> None:
    """Tell a client which of some names are here and which are not."""
    here, gone = list[str](), list[str]()
    for name in wanted:
        user = client.chat.users.find(name)
        if user is None:
            gone.append(name)
        else:
            here.append(source_of(user.name))
    for some in _lines(client, here):
        client.reply(numerics.RPL_MONONLINE, some)
    for some in _lines(client, gone):
        client.reply(numerics.RPL_MONOFFLINE, some)


def _lines(client: Client, words: Iterable[str]) -> Iterable[str]:
    """Return names, with commas between them, in texts that fit into lines."""
    around = len(f":{client.network.server} 734 {client.nick} 100  :Monitor list is full.".encode())
    return packed(words, around, ",")


COMMANDS: Final = {"MONITOR": Entry(monitor, 1)}
