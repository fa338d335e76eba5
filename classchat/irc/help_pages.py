"""HELP: what each command does, in a line or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from classchat.irc.client import Client, Entry
from classchat.wire.irc import numerics
from classchat.wire.irc.irc_lines import IRCLine

_INDEX: Final = "INDEX"

PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "ADMIN": ("ADMIN: says who runs this server.",),
    "AUTHENTICATE": (
        "AUTHENTICATE PLAIN: signs in with SASL. Your client does it; give it your name and password.",
    ),
    "AWAY": (
        "AWAY :TEXT marks you as away, and AWAY alone as back.",
        "You are away only if all your clients are.",
    ),
    "BATCH": ("BATCH: sends a text of several lines as one message. Your client does it.",),
    "CAP": ("CAP: agrees with your client on what both can do.",),
    "CHATHISTORY": (
        "CHATHISTORY LATEST #CHANNEL * 50: shows earlier messages. Most clients do it by themselves.",
    ),
    "CLASS": (
        "CLASS REQUEST: hands, questions, polls and attendance of a class, as /msg Class does. CLASS help.",
        "In a channel: !hand TOPIC  !lower  !vote NUMBER  !here CODE  !up NUMBER. No other user reads it.",
        "To ask without your name: /msg Class ask #CHANNEL QUESTION",
    ),
    "HELP": ("HELP COMMAND: explains a command.",),
    "INFO": ("INFO: says what this server is.",),
    "INVITE": (
        "INVITE NICK #CHANNEL: invites a user to a channel that you moderate.",
        "INVITE alone lists yours.",
    ),
    "ISON": ("ISON NICK NICK ...: says which of these users are here.",),
    "JOIN": ("JOIN #ONE,#TWO: joins channels. One that does not exist is created, and you moderate it.",),
    "KICK": ("KICK #CHANNEL NICK :REASON: removes a user from a channel that you moderate.",),
    "KILL": ("KILL NICK :REASON: disconnects a user, who may come back; for operators of this server.",),
    "LINKS": ("LINKS: lists the servers of this network. There is one.",),
    "LIST": ("LIST: lists the channels. LIST *exam* lists those with such names, LIST >10 the large ones.",),
    "LUSERS": ("LUSERS: says how many users and channels there are.",),
    "MODE": (
        "MODE #CHANNEL shows the modes of a channel; its moderators change them:",
        "+i private   +m only moderators speak   +o NICK moderator   +b NICK!*@* banned   +q NICK!*@* muted",
        "To ban or mute for a time, or to close a channel: /msg SERVER help",
    ),
    "REDACT": (
        "REDACT #CHANNEL ID or REDACT NICK ID: deletes a message. Clients that can do it know its id.",
    ),
    "MONITOR": (
        "MONITOR + NICK,NICK: tells you when these users come and go. Most clients do it by themselves.",
    ),
    "MOTD": ("MOTD: shows what the operator says about this server.",),
    "NAMES": ("NAMES #CHANNEL: lists the members of a channel that you are in.",),
    "NICK": ("NICK NAME: changes your name, unless it is registered.",),
    "NOTICE": ("NOTICE TARGET :TEXT: sends a message that no program answers.",),
    "OPER": ("OPER NAME PASSWORD: gives you the rights of an operator of this server.",),
    "PART": ("PART #CHANNEL :REASON: leaves a channel, on all your clients.",),
    "PASS": ("PASS PASSWORD, or PASS NAME:PASSWORD, before NICK: signs in with a registered name.",),
    "PING": ("PING TOKEN: is answered with PONG.",),
    "PRIVMSG": ("PRIVMSG TARGET :TEXT: sends a message to a channel or to a user.", "It is kept."),
    "QUIT": ("QUIT: disconnects you.",),
    "REGISTER": ("REGISTER * * PASSWORD: registers your name, so that nobody else can use it.",),
    "STATS": ("STATS u: says for how long this server runs.",),
    "TAGMSG": ("TAGMSG TARGET: sends tags without a text. This server passes none on.",),
    "TIME": ("TIME: says what time it is on this server.",),
    "TOPIC": ("TOPIC #CHANNEL shows the topic of a channel, TOPIC #CHANNEL :TEXT sets it.",),
    "USERHOST": ("USERHOST NICK ...: says which of these users are here, and which are away.",),
    "VERIFY": ("VERIFY: is not needed here. A name that you register is yours at once.",),
    "VERSION": ("VERSION: says which version this server has.",),
    "WALLOPS": ("WALLOPS :TEXT: sends a message to everybody; for operators of this server.",),
    "WHO": ("WHO #CHANNEL or WHO MASK: lists users.",),
    "WHOIS": ("WHOIS NICK: says what is known of a user.",),
    "WHOWAS": ("WHOWAS NICK: says what is known of a user who has left.",),
}


def help_(client: Client, line: IRCLine) -> None:
    """Answer HELP: with a subject its page, without one a list of all."""
    subject = line.params[0].upper() if line.params and line.params[0] else _INDEX
    if subject == _INDEX:
        names = list(PAGES)
        rows = [" ".join(names[at : at + 10]) for at in range(0, len(names), 10)]
        texts = [
            "Commands of this server; HELP COMMAND explains one:",
            *rows,
            "More: /msg SERVER help   In a class: /msg Class help",
        ]
        _show(client, _INDEX, *texts)
    elif subject in PAGES:
        _show(client, subject, *PAGES[subject])
    else:
        client.reply(numerics.ERR_HELPNOTFOUND, line.params[0], "No help available on this topic")


def _show(client: Client, subject: str, *texts: str) -> None:
    first, *others = texts
    client.reply(numerics.RPL_HELPSTART, subject, first)
    for text in others:
        client.reply(numerics.RPL_HELPTXT, subject, text)
    client.reply(numerics.RPL_ENDOFHELP, subject, "End of /HELP.")


COMMANDS: Final = {"HELP": Entry(help_), "HELPOP": Entry(help_)}
