"""REDACT: deletes a message, https://ircv3.net/specs/extensions/message-redaction.

    -> REDACT #CS350 1a2b.3c4d.42 :spam
    <- :Alice!~user@Alice REDACT #CS350 1a2b.3c4d.42 :spam       to all members with `draft/message-redaction`

Clients without the capability are told nothing. What is deleted is not in the history that they read later.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from classchat.core.model import Room
from classchat.errors import ChatError
from classchat.irc.client import Client, Entry
from classchat.irc.sight import seen_room
from classchat.irc.uttering import nick_of
from classchat.messages import Delete, Error
from classchat.texts import stamp
from classchat.wire.irc.channels import is_channel
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.message_ids import number_of

_CODES: Final = {
    "message_not_found": "UNKNOWN_MSGID",
    "too_old": "REDACT_WINDOW_EXPIRED",
    "room_not_found": "INVALID_TARGET",
    "user_not_found": "INVALID_TARGET",
}
"""The codes of standard replies; everything else is `REDACT_FORBIDDEN`."""


async def redact(client: Client, line: IRCLine) -> None:
    """Delete a message of a room, or one that this user has sent to another one."""
    target, msgid = line.params[0], line.params[1]
    if is_channel(target) and seen_room(client.chat, client.user, target) is None:
        client.fail("REDACT", "INVALID_TARGET", target, "No such channel")
        return
    asked = await _asked(client, target, msgid)
    if not client.session.registered:
        return
    if asked is None:
        client.fail("REDACT", "UNKNOWN_MSGID", target, msgid, "There is no message with this id")
        return

    def refused(error: Error) -> None:
        code = _CODES.get(error.code or "", "REDACT_FORBIDDEN")
        window = [str(int(client.chat.limits.deletable))] if code == "REDACT_WINDOW_EXPIRED" else []
        ids = [] if code == "INVALID_TARGET" else [msgid]
        client.fail("REDACT", code, target, *ids, *window, error.text)

    asked = replace(asked, text=" ".join(line.params[2:3]))
    waiting = client.ask(asked, target=target, refused=refused)
    if waiting is not None:
        await waiting


async def _asked(client: Client, target: str, msgid: str) -> Delete | None:
    """Return the request to delete the message with an id; None if the target has none."""
    ids = client.network.ids
    if is_channel(target):
        room = seen_room(client.chat, client.user, target)
        number = None if room is None else number_of(msgid, ids.of_room(room.name))
        return None if room is None or not number else Delete(receiver=room.name, seq=number)
    number, name = ids.number_between(msgid), nick_of(target)
    if not number:
        return None
    try:
        dialog, _, _ = await client.chat.conversations.find(client.user, name, private=True)
        if dialog is None or isinstance(dialog, Room):
            return None
        found = await client.chat.journal.authorship(dialog, number)
    except ChatError:
        return None
    if found is None or ids.between(found.sender, found.receiver, stamp(found.time), number) != msgid:
        return None  # another conversation has the message with this id
    return Delete(receiver=name, seq=number, private=True)


COMMANDS: Final = {"REDACT": Entry(redact, 2)}
