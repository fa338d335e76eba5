"""Sentences of old servers: this is the only module that reads a server's sentences.

Today's servers say in fields what happened: docs/protocol.md, *Events*. Older ones send a sentence without an
`event`, or an `event` without a `user`. Those of the first version do not say which request they answer.
"""

from __future__ import annotations

import re

from classchat.messages import Create, Join, Success

_MOVES = {"has joined the chat room": "joined", "has left the chat room": "left"}
_ENTERED = re.compile(r"You have joined '(.+)'|Chat room '(.+)' created successfully")


def user_and_event(text: str) -> tuple[str, str | None]:
    """Return the user whom a room's sentence is about, and whether they `joined` or `left` it, or neither."""
    user, _, what = text.partition(" ")
    return user, _MOVES.get(what)


def request_granted(answer: Success) -> Create | Join | None:
    """Return the request for a room that an answer without an `id` grants, if it grants one."""
    entered = _ENTERED.fullmatch(answer.text) if answer.id is None else None
    if entered is None:
        return None
    joined, made = entered.groups()
    return Join(receiver=joined) if made is None else Create(receiver=made)
