"""Writing an exported document: never over a file that we need, and in full or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_state_path

from classchat.journal.opening import files_of
from classchat.journal.schema import APPLICATION_ID

_FORMATS = {".html": "html", ".htm": "html", ".json": "json", ".csv": "csv"}

_DATABASE = b"SQLite format 3\0"
_LOGS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
"""The first bytes of SQLite's files: https://sqlite.org/fileformat2.html"""

_OF_THE_CLIENT = [
    of_user("classchat", appauthor=False) for of_user in (user_config_path, user_data_path, user_state_path)
]
"""The directories of the client's settings, data and state."""

_LOOKED_AT = 65_536
"""Bytes of a file that are searched for a private key."""


def format_of(output: str) -> str:
    """Return the format for a file's suffix; "md" if it has no other."""
    _, dot, suffix = Path(output).name.rpartition(".")
    return _FORMATS.get(f"{dot}{suffix}".lower(), "md")


def what_is_kept_in(output: Path, journal: Path) -> str | None:
    """Return what an output file would overwrite; None if that is no file of ours."""
    journal, place = Path(os.path.realpath(journal)), Path(os.path.realpath(output))
    copy = f"{journal.name}.before-"
    for file in files_of(journal):
        if place == file or _is_one_file(place, file):
            return "the journal" if file == journal else "a file of the journal"
    if place.parent == journal.parent and place.name.startswith(copy):
        return "a copy of the journal"
    if any(place.is_relative_to(os.path.realpath(directory)) for directory in _OF_THE_CLIENT):
        return "a file of the client"
    return _what_it_holds(place)


def _is_one_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _what_it_holds(place: Path) -> str | None:
    if not place.is_file():
        return None
    try:
        with place.open("rb") as file:
            begin = file.read(_LOOKED_AT)
    except OSError:
        return None
    application = begin[68:72] == APPLICATION_ID.to_bytes(4, "big")
    if (begin.startswith(_DATABASE) and application) or begin.startswith(_LOGS):
        return "a journal"
    if b"PRIVATE KEY-----" in begin:
        return "a private key"
    if b"-----BEGIN CERTIFICATE-----" in begin:
        return "a certificate"
    return None


def write(pieces: Iterable[str], output: str | None) -> None:
    """Write a document in UTF-8.

    An existing file is replaced only when the document is complete, so a full disk loses no earlier content.

    Raises:
        OSError: it can't be written.
    """
    if output is not None:
        write_file(Path(output), (piece.encode() for piece in pieces))
        return
    sys.stdout.buffer.writelines(piece.encode() for piece in pieces)
    sys.stdout.buffer.flush()


def write_file(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file completely, or leave the earlier one as it was.

    Raises:
        OSError: it can't be written.
    """
    place = Path(os.path.realpath(path))
    beside = place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        file = None if place.exists() and not place.is_file() else open(beside, "xb")  # noqa: SIM115
    except OSError:
        file = None  # in this directory only existing files may be written to
    if file is None:
        with open(place, "wb") as itself:
            itself.writelines(pieces)
        return
    try:
        with file:
            file.writelines(pieces)
            with suppress(FileNotFoundError):
                os.chmod(beside, place.stat().st_mode & 0o777)
        os.replace(beside, place)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
