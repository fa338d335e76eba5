"""Invitations to hand out: who, with which join code, and where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from classchat.commandline import CommandLine
from classchat.interfaces import own_addresses
from classchat.links import with_code
from classchat.probing import probe
from classchat.reachable import reach
from classchat.spreadsheets import csv_lines
from classchat.texts import one_line


class Invited(NamedTuple):
    """A student who is invited."""

    name: str
    email: str
    user: str
    """The user name that is proposed."""

    code: str


class JoiningPlace(NamedTuple):
    """Where students join; both are "" where it is not known."""

    link: str = ""
    """The link to the page, without a fragment."""

    terminal: str = ""
    """What is typed in a terminal, without the code."""


def where_to_join(asked: CommandLine) -> JoiningPlace:
    """Return where students join: at `--url`, or at the server that runs on this machine."""
    if asked["url"]:
        return JoiningPlace(asked["url"])
    try:
        best = reach(asked["host"], asked["port"], own_addresses(), probe)[0]
    except SystemExit:
        if asked["host"]:
            raise
        return JoiningPlace()  # codes can be made before the server is started
    return JoiningPlace(best.link or "", best.terminal)


def documents(format: str, invited: Sequence[Invited], place: JoiningPlace) -> Iterator[str]:
    """Yield the invitations as text, CSV or JSON."""
    match format:
        case "csv":
            header = ("name", "email", "user", "code", "link", "terminal")
            return csv_lines([header, *(tuple(_fields(one, place).values()) for one in invited)])
        case "json":
            return (f"{json.dumps(_fields(one, place))}\n" for one in invited)
        case _:
            return _text(invited, place)


def _fields(one: Invited, place: JoiningPlace) -> dict[str, str]:
    return {
        **one._asdict(),
        "link": with_code(place.link, one.code, one.user) if place.link else "",
        "terminal": f"{place.terminal.replace('NAME@', f'{one.user}@', 1)} --code {one.code}"
        if place.terminal
        else "",
    }


def _text(invited: Sequence[Invited], place: JoiningPlace) -> Iterator[str]:
    for one in invited:
        fields = _fields(one, place)
        yield one_line(f"{one.name}{f' <{one.email}>' if one.email else ''}") + "\n"
        yield f"    {'Join code:':<11}{one.code}, for the user name {one.user}\n"
        for label, field in (("Browser:", "link"), ("Terminal:", "terminal")):
            if fields[field]:
                yield f"    {label:<11}{fields[field]}\n"
