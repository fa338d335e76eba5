"""The fields that all commands have; `messages.py` and `class_commands.py` have the commands."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

LONGEST_ID = 64

RequestId = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
"""A client's name for its request, which its answer carries."""


class Request(Struct, frozen=True, tag_field="status", kw_only=True, gc=False):
    """The fields of every command. A command with an `id` gets exactly one answer with the same `id`."""

    sender: str = ""
    receiver: str = ""
    text: str = ""
    id: RequestId | None = None
