"""`/delete`: which message a user means."""

from __future__ import annotations

import re
from collections.abc import Callable

from classchat.client.commands.past import meant
from classchat.client.commands.typed import CommandError, DeleteMessage
from classchat.messages import Delete

USAGE = "/delete [room|user] [number|@user]"

_NUMBER = re.compile(r"#?([1-9]\d{0,17})", re.ASCII)

LastOf = Callable[[str, bool, str], int | None]
"""Returns the number of the latest message that is known: a room or, if True, a user; and who has sent it."""


def read_delete(first: str, second: str) -> DeleteMessage:
    """Read what follows `/delete`: a conversation, and a number or `@user`; each may be left out.

    Raises:
        CommandError: the second word is neither.
    """
    if not second and (_NUMBER.fullmatch(first) or first.startswith("@")):
        first, second = "", first
    number = _NUMBER.fullmatch(second)
    if number is not None:
        return DeleteMessage(first, int(number[1]))
    if second and not second[1:]:
        raise CommandError(f"Usage: {USAGE}")
    if second and not second.startswith("@"):
        raise CommandError(f"Usage: {USAGE}")
    return DeleteMessage(first, author=second[1:])


def deletion_of(typed: DeleteMessage, here: str, me: str, last_of: LastOf) -> Delete:
    """Return the request: without a number it is about the latest message, of `me` or of another user.

    `here` is the current conversation, a room or `@` and a user; "" if there is none.

    Raises:
        CommandError: there is no conversation, or nothing is known that was said there.
    """
    if not (typed.name or here):
        raise CommandError(f"Which room or user? Usage: {USAGE}")
    receiver, private = meant(typed.name or here)
    number = typed.number
    if number is None:
        number = last_of(receiver, private is True, typed.author or me)
    if number is None:
        raise CommandError(f"No message to delete is known there. Give its number: {USAGE}")
    return Delete(receiver=receiver, private=private, seq=number)
