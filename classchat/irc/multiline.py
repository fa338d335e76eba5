"""BATCH: messages of several lines, https://ircv3.net/specs/extensions/multiline.

    -> @label=7 BATCH +1 draft/multiline #CS350
    -> @batch=1 PRIVMSG #CS350 :Hello
    -> @batch=1;draft/multiline-concat PRIVMSG #CS350 :, everybody
    -> BATCH -1                            one message, and its label is that of the first line

A client has one open batch at a time, whose lines cost nothing of the rate limit.
The message does, or its refusal.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat.irc.client import Client, Entry
from classchat.irc.client_tags import client_tags
from classchat.irc.open_batch import LONGEST, InvalidBatch, OpenBatch
from classchat.irc.refusals import refuse
from classchat.irc.uttering import utter
from classchat.messages import Error
from classchat.texts import harmless
from classchat.wire.irc.ctcp import DELIMITER
from classchat.wire.irc.formatting import stripped
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.irc_messages import CONCAT
from classchat.wire.irc.numerics import ERR_UNKNOWNCOMMAND

_TYPE: Final = "draft/multiline"
_INVALID: Final = "MULTILINE_INVALID"


def batch(client: Client, line: IRCLine) -> Coroutine[Any, Any, None] | None:
    """BATCH: begin or end a message of several lines."""
    if _TYPE not in client.capabilities:
        client.reply(ERR_UNKNOWNCOMMAND, line.command, f"It takes the capability {_TYPE}")
        return None
    reference = line.params[0][1:]
    if line.params[0].startswith("+") and reference:
        _begin(client, reference, line)
    elif line.params[0].startswith("-"):
        return _end(client, reference)
    else:
        client.fail("BATCH", _INVALID, "A batch begins with +REFERENCE, and ends with -REFERENCE")
    return None


def add_line(client: Client, line: IRCLine, *, notice: bool) -> None:
    """Add a line to the open batch."""
    batch = client.open_batch
    if batch is None:
        client.fail("BATCH", _INVALID, "No batch is open")
        return
    if batch.failed:
        return  # which the client has been told
    try:
        _check_open(client, batch)
        if line.tags.get("batch") != batch.reference:
            raise InvalidBatch(_INVALID, "Until the batch ends, all messages belong to it")
        if len(line.params) < 2:
            raise InvalidBatch(_INVALID, "A line has a target and a text, which may be empty")
        text = harmless(stripped(line.params[1]).replace(DELIMITER, ""))
        batch.add(line.params[0], text, notice=notice, goes_on=CONCAT in line.tags)
    except InvalidBatch as error:
        _fail(client, batch, error)
    else:
        client.asked_chat = True  # it costs nothing: the message does


def _begin(client: Client, reference: str, line: IRCLine) -> None:
    _, type, target, *_ = [*line.params, "", ""]
    before, response = client.open_batch, client.peer.response
    opened = OpenBatch(reference, target, _now(client) + LONGEST, response, client_tags(client, line))
    client.open_batch = opened
    if response is not None:
        response.owed += 1  # the message, or why there is none
    if before is not None and not before.failed:
        _fail(client, before, InvalidBatch(_INVALID, "Another batch has begun"))
        opened.failed = True
    elif type != _TYPE:
        _fail(client, opened, InvalidBatch("UNKNOWN_TYPE", reference, type or "*", "No such type of batch"))
    elif not target:
        _fail(client, opened, InvalidBatch(_INVALID, "A batch has a target"))
    elif "," in target:
        text = "A message of several lines has one target"
        _fail(client, opened, InvalidBatch("MULTILINE_INVALID_TARGET", target, target, text))
    else:
        client.asked_chat = True


def _end(client: Client, reference: str) -> Coroutine[Any, Any, None] | None:
    batch = client.open_batch
    if batch is None or (batch.reference != reference and not batch.failed):
        client.fail("BATCH", _INVALID, "No such batch is open")
        return None
    if batch.failed:
        if batch.reference == reference:
            client.open_batch = None
        return None
    client.open_batch = None
    try:
        _check_open(client, batch)
        if not batch.text or batch.text.isspace():
            raise InvalidBatch(_INVALID, "No text to send")
    except InvalidBatch as error:
        _fail(client, batch, error)
        return None
    _resume(client, batch)
    lines = tuple(batch.lines) if len(batch.lines) > 1 else ()
    notice = batch.notice is True

    def refused(error: Error) -> None:
        if error.code == "too_long":
            most = str(client.chat.limits.text)
            client.fail("BATCH", "MULTILINE_MAX_BYTES", most, error.text)
        else:
            refuse(client, error, "BATCH", batch.target, message=True)

    return utter(
        client, batch.target, batch.text, notice=notice, lines=lines, tags=batch.tags, refused=refused
    )


def _check_open(client: Client, batch: OpenBatch) -> None:
    """Raise `InvalidBatch` if the lines have taken too long."""
    if _now(client) > batch.until:
        raise InvalidBatch(
            "TIMEOUT", batch.reference, f"The batch was open for more than {LONGEST:g} seconds"
        )


def _fail(client: Client, batch: OpenBatch, error: InvalidBatch) -> None:
    """Tell a client that its lines will be no message."""
    batch.failed = True
    batch.lines.clear()
    _resume(client, batch)
    client.fail("BATCH", *error.args)


def _resume(client: Client, batch: OpenBatch) -> None:
    """Answer the line that began a batch: what is written from now on has its label."""
    response, batch.response = batch.response, None
    if response is not None:
        response.owed -= 1
        if client.peer.response is None:
            client.peer.response = response


def _now(client: Client) -> float:
    return client.network.profiles.now()


COMMANDS: Final = {"BATCH": Entry(batch, 1)}
