"""Files that users share: what the journal knows of each, and the links to it.

A link is for one person and one file. It has the numbers of both, and a code that only the server can make,
from a key that each file has:

    f/<file, person and code in base64>/notes.pdf           reads the file
    upload/<file, person and code in base64>                uploads it

Whether the person may do that is looked up when the link is used. So a link ends when its person is no member
of the conversation any more, without a trace in the link itself, and holds again when they are back.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from classchat.file_names import size_in_words, type_of
from classchat.messages import FileView, Group, Private

KEY_BYTES: Final = 16
"""Random bytes of a file's own key."""

NUMBER_BITS: Final = 62
"""Bits of a file's random number."""

_CODE_BYTES: Final = 16

READING: Final = "f/"
UPLOADING: Final = "upload/"
"""How the paths of links begin."""


class FileReader(NamedTuple):
    """Who reads at a client, and where the client finds the server: all that a link needs."""

    person: int = 0
    base: str = ""
    """The page's link, which ends with a slash; "" where it is not known, or there is no HTTP."""


NOBODY: Final = FileReader()


class SharedFile(Struct, frozen=True, array_like=True):
    """One file that a user shares with a conversation."""

    number: int
    """The file's random number, by which it is found."""

    key: bytes
    """The random key from which the codes of its links are made."""

    name: str
    """Its name, which is clean: see `file_names.clean_name`."""

    size: int
    sha256: str
    """The digest of its content, in hexadecimal."""

    @property
    def type(self) -> str:
        """The media type that its name stands for."""
        return type_of(self.name)

    @property
    def summary(self) -> str:
        """Name and size, as a message's text has them."""
        return f"{self.name} ({size_in_words(self.size)})"

    def view_for(self, reader: FileReader) -> FileView:
        """Return what clients that know files are told."""
        return FileView(self.name, self.size, self.sha256, self.type, self.link_for(reader))

    def link_for(self, reader: FileReader) -> str:
        """Return a reader's link, relative to the page of the server; "" where nobody is signed in."""
        if not reader.person:
            return ""
        return f"{READING}{self._token('read', reader.person)}/{quote(self.name, safe='')}"

    def upload_for(self, person: int) -> str:
        """Return the link to which a person uploads the file, relative to the page of the server."""
        return f"{UPLOADING}{self._token('upload', person)}"

    def _token(self, purpose: Purpose, person: int) -> str:
        numbers = self.number.to_bytes(8, "big") + person.to_bytes(8, "big")
        return base64.urlsafe_b64encode(numbers + self._code(purpose, person)).decode().rstrip("=")

    def _code(self, purpose: Purpose, person: int) -> bytes:
        # Unlike hmac.digest(), this keeps the interpreter's lock, which is quickly gone and slowly got back.
        return hmac.new(self.key, f"{purpose} {person}".encode(), sha256).digest()[:_CODE_BYTES]

    def proves(self, purpose: Purpose, ticket: Ticket) -> bool:
        """Return whether the code of a link is the one of this file, for this purpose and person."""
        return hmac.compare_digest(self._code(purpose, ticket.person), ticket.code)


Purpose = Literal["read", "upload"]


class Ticket(NamedTuple):
    """What a link says."""

    number: int
    person: int
    code: bytes


def ticket_of(token: str) -> Ticket | None:
    """Return what the token in a link says; None if it is not a token."""
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) != 16 + _CODE_BYTES:
        return None
    return Ticket(int.from_bytes(data[:8], "big"), int.from_bytes(data[8:16], "big"), data[16:])


def told_to(reader: FileReader, message: Group | Private, file: SharedFile) -> Group | Private:
    """Return the message with which a file is shared as one reader's client gets it.

    Its text has the link as well, for clients that know nothing of files.
    """
    view = file.view_for(reader)
    text = f"{file.summary}: {reader.base}{view.link}" if reader.base else file.summary
    return replace(message, text=text, file=view)


class StoredFile(Struct, frozen=True):
    """A file as the journal has it."""

    file: SharedFile
    person: int
    """The person who shares it."""

    conversation: str
    """The key of the room, or of the private conversation."""

    shared: bool
    """Whether its message is stored: else it is still being uploaded."""


class FileSpace(NamedTuple):
    """How much files take."""

    of_person: int
    """Bytes of all files of one person."""

    unfinished: int
    """Files of this person whose uploads are not finished."""

    of_all: int


def digest_of(data: bytes) -> str:
    """Return the digest of a content, as a file has it."""
    return sha256(data).hexdigest()
