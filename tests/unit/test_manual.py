"""The manual page, by the tables of commands and options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from classchat import cli
from classchat.cli import Root
from classchat.client.commands.table import SCREEN_COMMANDS
from classchat.commandline import Line
from classchat.manual import EXIT_STATUS, page
from tests.tables import each_case

_OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
_LINES = [*Root().lines()]


def _shown(roff: str) -> str:
    """Return the text of a page without its requests and fonts."""
    text = re.sub(r"\\f[BIR]|^\.\w+ ?", "", roff, flags=re.MULTILINE)
    for escape, character in ((r"\-", "-"), (r"\(aq", "'"), (r"\(ga", "`"), (r"\e", "\\")):
        text = text.replace(escape, character)
    return text


_SHOWN = _shown(page("2026-11-29"))


@each_case("line", _LINES)
def test_every_command(line: Line) -> None:
    """The page has each command's usages, text, and options with their texts and defaults."""
    rows = [f"{option.long} {option.value}".rstrip() for option in line.kind.options]
    texts = [" ".join(option.described().split()) for option in line.kind.options]
    usages = [f"{line.program} {usage}".rstrip() for usage in line.kind.usages]

    assert [] == [text for text in (*rows, *texts, *usages, line.kind.about) if f"{text}\n" not in _SHOWN]


def test_what_is_typed_in_the_chat() -> None:
    """The page has each command of the chat."""
    assert [] == [row.synopsis for row in SCREEN_COMMANDS if f"{row.synopsis}\n{row.help}\n" not in _SHOWN]


def test_exit_codes() -> None:
    """The page has the exit codes of docs/operations.md."""
    section = (
        _OPERATIONS.read_text(encoding="utf-8").partition("## Exit codes and output")[2].partition("\n## ")[0]
    )

    assert [*EXIT_STATUS] == re.findall(r"^\| (\d+) \|", section, re.MULTILINE)


def test_no_line_is_a_request_by_accident() -> None:
    """Each line that begins with a dot or an apostrophe is a request of man(7) that this page uses."""
    requests = {line.split()[0] for line in page("2026-11-29").splitlines() if line[:1] in (".", "'")}

    assert {".TH", ".SH", ".SS", ".TP", ".PP", ".br", ".BR"} == requests


def test_man(capsys: pytest.CaptureFixture[str]) -> None:
    """`classchat man` prints the page, with the day on which it was made."""
    cli.main(["man"])
    printed = capsys.readouterr().out
    day = re.match(r'\.TH CLASSCHAT 1 "(\d{4}-\d\d-\d\d)"', printed)

    assert day is not None
    assert page(day[1]) == printed
