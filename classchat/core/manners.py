"""Manners: how a message was sent, where that is more than its text.

A client of a personal codec can send a notice, a text in several lines, or tags for other programs, and names
its message so that it recognizes it. Clients with a personal codec are told of that, live; all others get the
message as any other, and so does every client that reads it later: a manner is not stored.
"""

from __future__ import annotations

from msgspec import Struct

from classchat.messages import Say, Tell


class Manner(Struct, frozen=True, gc=False):
    """How a message was sent."""

    notice: bool = False
    """Whether no program may answer it."""

    lines: tuple[str, ...] = ()
    """The text in the lines in which it was sent; empty where that is not known."""

    tags: tuple[tuple[str, str], ...] = ()
    """What the sender's program tells other programs: names and values, such as `+typing` and `active`."""

    label: str | None = None
    """The sender's own name for it, of which no other client is told."""

    @property
    def shows(self) -> bool:
        """Whether other clients are told of it."""
        return self.notice or self.lines != () or self.tags != ()


class Uttered(Struct, frozen=True):
    """A message that a client sends in a manner of its own: handled as a `Say` or `Tell` without `id`.

    One without a text is only the tags of its manner: a signal, which is not stored.
    """

    command: Say | Tell
    manner: Manner = Manner()
    aside: bool = False
    """Whether it is for one client of a user alone, and is not stored. Only a `Tell` can be that."""

    @property
    def id(self) -> str | None:
        """Return what names it in a refusal: the label of its manner."""
        return self.manner.label
