"""What programs post to Slack's incoming webhooks, as a message.

    {"text": "Build <https://ci.example/7|7> failed", "username": "CI"}

`blocks` and `attachments` are read as well as a text can show them. All else (channels, icons, buttons,
colours) is ignored: programs send it because Slack knows it.
Source: https://api.slack.com/messaging/webhooks
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from classchat.webhooks.mrkdwn import plain

_DEEPEST: Final = 8
"""Levels of blocks in blocks: rich text has five."""

_MOST: Final = 100
"""Blocks, attachments and fields that are looked at, each. Slack takes 50 blocks."""

_FORM: Final = "application/x-www-form-urlencoded"


class NoMessage(Exception):
    """What was posted is no message; the text is Slack's word for the reason."""


class PostedMessage(Struct, frozen=True):
    """A message that a program has posted."""

    text: str
    username: str = ""
    """The name that the program wants to have."""


def read(body: bytes, content_type: str) -> PostedMessage:
    """Return the message in the body of a request.

    Raises:
        NoMessage: it is no JSON object (`invalid_payload`), or has no text (`no_text`).
    """
    fields = _fields(_payload(body, content_type))
    shown = _joined(_of_blocks(fields.get("blocks"))) or plain(_string(fields.get("text")))
    text = _joined([shown, *_of_attachments(fields.get("attachments"))])
    if not text:
        raise NoMessage("no_text")
    return PostedMessage(text, _string(fields.get("username")))


def _payload(body: bytes, content_type: str) -> bytes:
    """Return the JSON in a body: all of it, or the form's field `payload`."""
    if content_type.partition(";")[0].strip().lower() != _FORM:
        return body
    if body.lstrip().startswith(b"{"):  # what curl sends with --data, and Slack takes
        return body
    try:
        [payload] = parse_qs(body.decode(), max_num_fields=_MOST, errors="strict")["payload"]
    except (ValueError, KeyError):
        raise NoMessage("invalid_payload") from None
    return payload.encode()


def _fields(payload: bytes) -> Mapping[str, Any]:
    try:
        decoded = msgspec.json.decode(payload.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise NoMessage("invalid_payload") from None
    if not isinstance(decoded, dict):
        raise NoMessage("invalid_payload")
    return decoded


# Blocks: https://api.slack.com/reference/block-kit/blocks


def _of_blocks(blocks: Any) -> Iterator[str]:
    """Yield the text of each block that has one."""
    for block in _objects(blocks):
        match block.get("type"):
            case "rich_text":
                yield from (_rich(part, 0) for part in _objects(block.get("elements")))
            case "context":
                yield " ".join(filter(None, map(_text_of, _objects(block.get("elements")))))
            case "image":
                yield _text_of(block.get("title")) or _string(block.get("alt_text"))
            case _:
                yield _text_of(block.get("text"))
                yield from map(_text_of, _objects(block.get("fields")))


def _text_of(part: Any) -> str:
    """Return the text of a text object, `{"type": "mrkdwn", "text": …}`, or of a picture."""
    if not isinstance(part, dict):
        return ""
    text = _string(part.get("text"))
    return (text if part.get("type") == "plain_text" else plain(text)) or _string(part.get("alt_text"))


def _rich(part: Mapping[str, Any], depth: int) -> str:
    """Return the text of a part of rich text."""
    elements = _objects(part.get("elements"))
    if elements and depth < _DEEPEST:
        between = "\n" if part.get("type") == "rich_text_list" else ""
        return between.join(_rich(element, depth + 1) for element in elements)
    match part.get("type"):
        case "link":
            url, text = _string(part.get("url")), _string(part.get("text"))
            return f"{text} ({url})" if text and text != url else url
        case "emoji":
            return f":{_string(part.get('name'))}:"
        case "user" | "usergroup" | "broadcast":
            name = part.get("user_id") or part.get("usergroup_id") or part.get("range")
            return f"@{_string(name)}"
        case "channel":
            return f"#{_string(part.get('channel_id'))}"
        case _:
            return _string(part.get("text"))


# Attachments: https://api.slack.com/reference/messaging/attachments


def _of_attachments(attachments: Any) -> Iterator[str]:
    """Yield the lines of each attachment."""
    for one in _objects(attachments):
        lines = [plain(_string(one.get("pretext"))), _title(one), plain(_string(one.get("text")))]
        lines += _of_blocks(one.get("blocks"))
        for field in _objects(one.get("fields")):
            title, value = plain(_string(field.get("title"))), plain(_string(field.get("value")))
            lines.append(f"{title}: {value}" if title and value else title or value)
        if not any(lines):
            lines = [plain(_string(one.get("fallback")))]
        yield from lines


def _title(one: Mapping[str, Any]) -> str:
    title, link = plain(_string(one.get("title"))), _string(one.get("title_link"))
    return f"{title} ({link})" if title and link else title or link


# Values, whatever their types.


def _joined(lines: Iterable[str]) -> str:
    """Return the lines that are not empty as one text."""
    return "\n".join(filter(None, (line.strip() for line in lines)))


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return the objects in a list; nothing if it is no list."""
    return [one for one in value[:_MOST] if isinstance(one, dict)] if isinstance(value, list) else []


def _string(value: Any) -> str:
    """Return a string, or a number as one; "" for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
