"""The shell examples of docs/teaching.md about rosters, exports and persons, which are run as they are."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from pathlib import Path

import pytest

from classchat import cli, handing_out
from classchat.core.acts import RowChange
from tests.unit.journal.helpers import open_store, said

_PAGE = Path(__file__).parents[2] / "docs" / "teaching.md"
_FILES = Path(__file__).parent / "rosters" / "files"
_RUN = ("roster", "export", "person")


def _examples() -> list[str]:
    """Return the lines of the shell examples, in their order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.split()[1:2] and line.split()[1] in _RUN]


def test_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them works while a server runs, with a file from Canvas and a class with a session."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(handing_out, "reach", _nowhere)
    Path("students.csv").write_bytes((_FILES / "canvas.csv").read_bytes())
    session = '{"number":1,"title":"","began":1000,"by":"Mona","ended":2000}'
    with closing(open_store(tmp_path / "classchat.sqlite")) as store:
        acts = [[RowChange("#cs350", 1000, "session", "", session, None)]]
        store.append([said("Hello")], 1500, ["CS350"], acts=acts)
        examples = _examples()
        for line in examples:
            cli.main(shlex.split(line, comments=True)[1:])

    assert 12 == len(examples)
    made = {"lesson.html", "invitations.csv", "transcript.html", "attendance.csv", "jane.html", "polls.csv"}
    assert made <= {path.name for path in tmp_path.iterdir()}


def _nowhere(*_: object) -> None:
    raise SystemExit("classchat: No server answers here.")
