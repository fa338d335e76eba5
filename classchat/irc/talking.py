r"""PRIVMSG, NOTICE and TAGMSG: what users say to rooms and to each other.

    -> PRIVMSG #CS350 :Hello                     a message
    -> PRIVMSG #CS350 :\x01ACTION waves\x01      "* Alice waves", as `/me waves` elsewhere
    -> PRIVMSG Bob :\x01VERSION\x01              to one IRC client of Bob's, and kept nowhere
    -> NOTICE Bob :Hello                         a message that no program answers; nor do we
    -> @+typing=active TAGMSG #CS350             for IRC clients that read tags, and kept nowhere

https://modern.ircdocs.horse/#sending-messages.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat.errors import ChatError
from classchat.irc.class_answers import explain_asking
from classchat.irc.class_lines import asks
from classchat.irc.client import Client, Entry
from classchat.irc.client_tags import client_tags
from classchat.irc.multiline import add_line
from classchat.irc.services import service
from classchat.irc.uttering import nick_of, unanswered, utter
from classchat.messages import Say, Tell
from classchat.wire.irc.channels import is_channel, room
from classchat.wire.irc.ctcp import DELIMITER, action_text, parse_ctcp
from classchat.wire.irc.formatting import stripped
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.isupport import MOST_TARGETS
from classchat.wire.irc.numerics import (
    ERR_CANNOTSENDTOCHAN,
    ERR_NORECIPIENT,
    ERR_NOTEXTTOSEND,
    ERR_TOOMANYTARGETS,
)

_Waiting = Coroutine[Any, Any, None] | None
_Tags = tuple[tuple[str, str], ...]


def privmsg(client: Client, line: IRCLine) -> _Waiting:
    """PRIVMSG: say something, other than what wire/irc/usual_messages.py reads."""
    return _talk(client, line, notice=False)


def notice(client: Client, line: IRCLine) -> _Waiting:
    """NOTICE: say something that no program answers, so nothing that is wrong with it is answered either."""
    return _talk(client, line, notice=True)


def tagmsg(client: Client, line: IRCLine) -> _Waiting:
    """TAGMSG: send tags without a text. Nothing that is wrong with it is answered: no user has typed it."""
    tags = client_tags(client, line)
    first, *others = [*dict.fromkeys(filter(None, line.params[0].split(","))), ""]
    if not tags or not first:
        return None
    if len(others) == 1:
        return _signal(client, first, tags)  # the usual case, which is answered in one line
    return _signal_all(client, [first, *others[: MOST_TARGETS - 1]], tags)


async def _signal_all(client: Client, targets: list[str], tags: _Tags) -> None:
    for target in filter(None, targets):
        waiting = _signal(client, target, tags) if client.session.registered else None
        if waiting is not None:
            await waiting


def _signal(client: Client, target: str, tags: _Tags) -> _Waiting:
    """Send tags to one target."""
    to_room = is_channel(target)
    if not to_room and service(target) is not None:
        return None  # no program
    try:
        command = Say(receiver=room(target)) if to_room else Tell(receiver=nick_of(target))
    except ChatError:
        return None
    return client.utter(command, target=target, tags=tags, refused=unanswered)


def _talk(client: Client, line: IRCLine, *, notice: bool) -> _Waiting:
    if "batch" in line.tags or (client.open_batch is not None and not client.open_batch.failed):
        add_line(client, line, notice=notice)
        return None
    params = line.params
    if len(params) > 1 and params[0] and "," not in params[0]:
        return _send(client, params[0], params[1], client_tags(client, line), notice)
    targets = list(dict.fromkeys(filter(None, params[0].split(",")))) if params else []
    if not targets:
        return _wrong(client, notice, ERR_NORECIPIENT, f"No recipient given ({line.command})")
    if len(params) < 2:
        return _wrong(client, notice, ERR_NOTEXTTOSEND, "No text to send")
    if len(targets) > MOST_TARGETS:
        text = f"Too many targets: at most {MOST_TARGETS}"
        return _wrong(client, notice, ERR_TOOMANYTARGETS, targets[MOST_TARGETS], text)
    return _send_to_all(client, targets, params[1], client_tags(client, line), notice)


async def _send_to_all(client: Client, targets: list[str], text: str, tags: _Tags, notice: bool) -> None:
    for target in targets:
        waiting = _send(client, target, text, tags, notice)
        if waiting is not None:
            await waiting
        if not client.session.registered:
            return


def _send(client: Client, target: str, text: str, tags: _Tags, notice: bool) -> _Waiting:
    """Send a text to one target."""
    if text.isprintable() and text and not text.isspace():  # almost always
        return utter(client, target, text, notice=notice, tags=tags)
    ctcp = parse_ctcp(text)
    if ctcp is not None and (notice or ctcp.command != "ACTION"):
        return _ask_program(client, target, text, notice)
    said = stripped(text if ctcp is None else ctcp.params).replace(DELIMITER, "")
    if not said or said.isspace():
        return _wrong(client, notice, ERR_NOTEXTTOSEND, "No text to send")
    if ctcp is not None:
        if is_channel(target) and asks(said):
            return explain_asking(client, target)
        said = action_text(client.nick, said)
    return utter(client, target, said, notice=notice, tags=tags)


def _ask_program(client: Client, target: str, text: str, notice: bool) -> _Waiting:
    """Send a CTCP message to one client of a user; rooms get none, for all their programs would answer."""
    if service(target) is not None:
        return None  # no program
    if is_channel(target):
        reason = "CTCP messages go to one user, not to a room"
        return _wrong(client, notice, ERR_CANNOTSENDTOCHAN, target, reason)
    tell = Tell(receiver=nick_of(target), text=text)
    refused = unanswered if notice else None
    return client.utter(tell, target=target, notice=notice, aside=True, refused=refused)


def _wrong(client: Client, notice: bool, numeric: str, *params: str) -> _Waiting:
    """Tell a client what is wrong with its line, unless that is a notice; nothing is to wait for."""
    if not notice:
        client.reply(numeric, *params)
    return None


COMMANDS: Final = {"PRIVMSG": Entry(privmsg), "NOTICE": Entry(notice), "TAGMSG": Entry(tagmsg, 1)}
