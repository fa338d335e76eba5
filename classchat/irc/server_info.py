"""Questions about the server: MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, LINKS and STATS.

https://modern.ircdocs.horse/#server-queries-and-commands. There is one server. A question may name it, by its
name, a mask, or a user who is here; any other target is answered 402.
"""

from __future__ import annotations

import time
from typing import Final

from classchat import __version__
from classchat.irc.client import Client, Entry
from classchat.irc.whois import is_this_server
from classchat.wire.irc import numerics
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.isupport import isupport

VERSION: Final = f"ClassChat-{__version__}"


def _is_for_us(client: Client, target: str) -> bool:
    """Return whether a question is for this server; tell the client if there is no such server."""
    if not target or is_this_server(client, target):
        return True
    client.reply(numerics.ERR_NOSUCHSERVER, target, "No such server")
    return False


def _first(line: IRCLine) -> str:
    return line.params[0] if line.params else ""


def motd(client: Client, line: IRCLine) -> None:
    """Answer MOTD: what the operator says about the network."""
    if _is_for_us(client, _first(line)):
        show_motd(client)


def show_motd(client: Client) -> None:
    """Tell a client what the operator says about the network."""
    network = client.network
    if not network.description:
        client.reply(numerics.ERR_NOMOTD, "MOTD File is missing")
        return
    client.reply(numerics.RPL_MOTDSTART, f"- {network.server} Message of the day - ")
    client.reply(numerics.RPL_MOTD, f"- {network.description}")
    client.reply(numerics.RPL_ENDOFMOTD, "End of /MOTD command.")


def lusers(client: Client, line: IRCLine) -> None:  # noqa: ARG001  as all handlers
    """Answer LUSERS."""
    show_counts(client)


def show_counts(client: Client) -> None:
    """Tell a client how many users and rooms there are. The rooms are those that all users are shown."""
    users, profiles = client.chat.users, client.network.profiles
    here, most, invisible = len(users), str(profiles.most), profiles.invisible
    operators = sum(user.operator for user in users)
    visible = here - invisible
    client.reply(
        numerics.RPL_LUSERCLIENT, f"There are {visible} users and {invisible} invisible on 1 servers"
    )
    client.reply(numerics.RPL_LUSEROP, str(operators), "operator(s) online")
    client.reply(numerics.RPL_LUSERCHANNELS, str(len(client.chat.rooms.open)), "channels formed")
    client.reply(numerics.RPL_LUSERME, f"I have {here} clients and 0 servers")
    client.reply(numerics.RPL_LOCALUSERS, str(here), most, f"Current local users {here}, max {most}")
    client.reply(numerics.RPL_GLOBALUSERS, str(here), most, f"Current global users {here}, max {most}")


def version(client: Client, line: IRCLine) -> None:
    """Answer VERSION: 351, and what the server supports."""
    if not _is_for_us(client, _first(line)):
        return
    network = client.network
    client.reply(numerics.RPL_VERSION, VERSION, network.server, "a chat server for classes, with an IRC door")
    show_support(client)


def show_support(client: Client) -> None:
    """Tell a client what the server supports: 005."""
    for tokens in isupport(client.chat.limits, client.network.name):
        client.reply(numerics.RPL_ISUPPORT, *tokens, "are supported by this server")


def time_(client: Client, line: IRCLine) -> None:
    """Answer TIME, in UTC."""
    if _is_for_us(client, _first(line)):
        now = client.network.profiles.now()
        shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
        client.reply(numerics.RPL_TIME, client.network.server, shown)


def info(client: Client, line: IRCLine) -> None:
    """Answer INFO: what this is."""
    if not _is_for_us(client, _first(line)):
        return
    for text in (
        f"{VERSION}: a chat server for a class, a lab or any group that wants one of its own",
        "Rooms are channels: others may be here with a terminal or a web page.",
        "Your messages are kept, and you can read them again. To see what you can do: /msg SERVER help",
    ):
        client.reply(numerics.RPL_INFO, text)
    client.reply(numerics.RPL_ENDOFINFO, "End of INFO list")


def admin(client: Client, line: IRCLine) -> None:
    """Answer ADMIN: who runs the server is said by the operator's description, if at all."""
    if not _is_for_us(client, _first(line)):
        return
    network = client.network
    client.reply(numerics.RPL_ADMINME, network.server, "Administrative info")
    client.reply(numerics.RPL_ADMINLOC1, network.description or network.name)
    client.reply(numerics.RPL_ADMINLOC2, "Questions about this server: ask its operator")


def links(client: Client, line: IRCLine) -> None:  # noqa: ARG001  as all handlers
    """Answer LINKS: there is one server."""
    network = client.network
    description = network.description or network.name
    client.reply(numerics.RPL_LINKS, network.server, network.server, f"0 {description}")
    client.reply(numerics.RPL_ENDOFLINKS, "*", "End of /LINKS list")


def stats(client: Client, line: IRCLine) -> None:
    """Answer STATS: only `u`, for how long the server runs, is known."""
    query = _first(line)[:1] or "*"
    if query == "u":
        seconds = max(int(client.network.profiles.now() - client.network.created), 0)
        days, rest = divmod(seconds, 86_400)
        hours, minutes = rest // 3600, rest // 60 % 60
        client.reply(numerics.RPL_STATSUPTIME, f"Server Up {days} days {hours}:{minutes:02}:{rest % 60:02}")
    client.reply(numerics.RPL_ENDOFSTATS, query, "End of /STATS report")


COMMANDS: Final = {
    "MOTD": Entry(motd),
    "LUSERS": Entry(lusers),
    "VERSION": Entry(version),
    "TIME": Entry(time_),
    "INFO": Entry(info),
    "ADMIN": Entry(admin),
    "LINKS": Entry(links),
    "STATS": Entry(stats),
}
