"""`classchat export` and `classchat journal` as processes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat.journal.batch_rows import Message
from classchat.journal.store import Store
from tests.e2e.conftest import StartProcess
from tests.e2e.helpers import CLASSCHAT

NOON = 1_793_534_400_000  # 2026-11-01T12:00:00Z


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an open journal with very many messages, as a server has it."""
    with closing(Store(tmp_path / "classchat.sqlite", NOON, "normal")) as store:
        lines = [Message("#cs350", "Zoë", "zoë", f"<b>{number}</b>") for number in range(20_000)]
        store.append(lines, NOON, ["CS350"])
        yield store


@pytest.mark.usefixtures("store")
def test_export(process: StartProcess, installed: StartProcess, tmp_path: Path) -> None:
    """A room's messages are written to standard output or a file while a server is running."""
    shown = installed(*CLASSCHAT, "export", "--room", "CS350", "--format", "json")
    written = process(*CLASSCHAT, "export", "-r", "cs350", "-f", "html", "-o", "room.html")
    codes = shown.ends(), written.ends()
    texts = [message["text"] for message in json.loads(shown.out)["messages"]]
    page = (tmp_path / "room.html").read_text("utf-8")

    assert ((0, 0), b"", b"", b"") == (codes, shown.err, written.err, written.out)
    assert [f"<b>{number}</b>" for number in range(20_000)] == texts
    assert (20_000, False) == (page.count("<bdi>&lt;b&gt;"), "<bdi><b>" in page)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("format", ["md", "html", "json", "csv"])
def test_export_that_is_not_read_to_its_end(process: StartProcess, format: str) -> None:
    """`classchat export | head -1` ends without a complaint."""
    ours, theirs = os.pipe()
    with open(ours, "rb") as head:
        export = process(*CLASSCHAT, "export", "--room", "CS350", "--format", format, stdout=theirs)
        os.close(theirs)
        line = head.readline()

    assert (True, 0, b"") == (bool(line), export.ends(), export.err)


def test_export_to_a_full_disk(store: Store, process: StartProcess) -> None:
    """A document that does not fit is reported in one sentence."""
    export = process(*CLASSCHAT, "export", "--room", "CS350", "--output", "/dev/full")
    code = export.ends()

    assert (1, b"classchat: Can't write to '/dev/full': No space left on device.\n") == (code, export.err)


def test_mistakes(process: StartProcess, tmp_path: Path) -> None:
    """A mistake is told in one line on standard error, and leaves nothing behind."""
    commands = [
        process(*CLASSCHAT, *words.split())
        for words in (
            "export",
            "export --room CS350",
            "journal",
            "journal check",
            "journal vacuum --journal .",
        )
    ]
    codes = [command.ends() for command in commands]

    assert [(code, b"", 1) for code in (2, 1, 2, 1, 1)] == [
        (code, command.out, command.err.count(b"\n")) for code, command in zip(codes, commands, strict=True)
    ]
    assert [] == list(tmp_path.iterdir())


def test_looking_after_the_file(store: Store, process: StartProcess, installed: StartProcess) -> None:
    """A file can be checked and described while a server runs, but compacted only without one."""
    running = [process(*CLASSCHAT, "journal", action) for action in ("check", "info", "vacuum")]
    codes = [one.ends() for one in running]
    store.close()
    stopped = installed(*CLASSCHAT, "journal", "vacuum")
    codes.append(stopped.ends())

    assert [0, 0, 1, 0] == codes
    assert running[0].out.endswith(b"its search index, which was not checked: a server is running on it.\n")
    assert b"messages:               20000\n" in running[1].out
    assert (True, 1) == (b"is in use by another server" in running[2].err, running[2].err.count(b"\n"))
