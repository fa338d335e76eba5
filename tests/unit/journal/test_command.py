"""`classchat journal`: its reports about a file, and its changes to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from classchat import cli
from classchat.journal.schema import MIGRATIONS
from classchat.journal.store import Store
from tests.unit.journal.helpers import said


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to the journal's directory."""
    monkeypatch.chdir(tmp_path)


def _says(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    cli.main(["journal", *arguments])
    return capsys.readouterr().out.splitlines()


def _refusal(*arguments: str) -> object:
    with pytest.raises(SystemExit) as caught:
        cli.main(["journal", *arguments])
    return str(caught.value)


@pytest.fixture
def said_something(store: Store) -> None:
    """Keep many messages, and delete most of them."""
    for number in range(50):
        store.append([said(f"text {number}".ljust(2000))], number, ["CS350"])
    while store.index_some():
        pass
    while store.delete_older(48):
        pass


@pytest.mark.usefixtures("said_something")
def test_check(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound file is reported as such."""
    store.close()

    assert ["The journal 'classchat.sqlite' is in order."] == _says(capsys, "check")


@pytest.mark.usefixtures("said_something")
def test_check_beside_a_server(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While the server runs all is checked but the search index, and one sentence says both."""
    assert [
        "The journal 'classchat.sqlite' is in order, except for its search index, which was not checked: "
        "a server is running on it."
    ] == _says(capsys, "check")


@pytest.mark.usefixtures("said_something")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "UPDATE messages SET seq = 60 WHERE seq = 50",
            "'CS350' should have the messages from 49 to 50, and has 2 up to 60.",
        ),
        ("UPDATE messages SET text = 'x'", "The search index does not agree with the messages."),
    ],
)
def test_check_finds_something(
    store: Store, capsys: pytest.CaptureFixture[str], change: str, sentence: str
) -> None:
    """Damage is reported, and the exit code is 1."""
    store._db.execute(change)
    store.close()

    assert ("1", [sentence]) == (_refusal("check"), capsys.readouterr().out.splitlines())


@pytest.mark.usefixtures("said_something")
def test_info(store: Store, capsys: pytest.CaptureFixture[str], path: Path) -> None:
    """The summary has one item on each line, also while a server is running."""
    lines = dict(re.split(r": +", line, maxsplit=1) for line in _says(capsys, "info", "--journal", path.name))

    assert (f"{path}, version {len(MIGRATIONS)}", store.epoch) == (lines["file"], lines["epoch"])
    assert ["1", "0", "2", "0"] == [
        lines[name] for name in ("rooms", "private conversations", "messages", "not searchable yet")
    ]


def test_info_of_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """A new journal has no oldest message."""
    assert "oldest message:         -" in _says(capsys, "info")


@pytest.mark.usefixtures("said_something")
def test_vacuum(store: Store, capsys: pytest.CaptureFixture[str], path: Path) -> None:
    """The space of deleted messages is returned, and its size is reported."""
    store.close()
    before = path.stat().st_size
    (line,) = _says(capsys, "vacuum")

    assert before - path.stat().st_size > 48 * 2000
    assert re.fullmatch(r"The journal 'classchat.sqlite' has 0\.\d MiB\. It had 0\.\d MiB\.", line)


@pytest.mark.usefixtures("store")
def test_vacuum_beside_a_server(path: Path) -> None:
    """While a server is running, the file is not compacted."""
    sentence = (
        f"classchat: The journal '{path}' is in use by another server: stop that server, or use another file."
    )

    assert sentence == _refusal("vacuum")


@pytest.mark.parametrize("action", ["check", "info", "vacuum"])
def test_no_journal(path: Path, action: str) -> None:
    """A missing journal is not created."""
    assert f"classchat: There is no journal '{path}'. A server makes it when it first starts." == _refusal(
        action
    )
    assert [] == list(path.parent.iterdir())


@pytest.mark.parametrize("action", ["check", "info", "vacuum"])
def test_no_journal_of_ours(path: Path, action: str) -> None:
    """A file that is not a journal is left alone."""
    path.write_text("Dear diary" * 1000)

    assert (
        f"classchat: '{path}' is neither a ClassChat journal nor any other SQLite file. Use another file."
        == _refusal(action)
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Expected a command: one of check, info, copy, vacuum. See classchat journal --help."),
        (
            ["frobnicate"],
            "Unknown command 'frobnicate': use one of check, info, copy, vacuum."
            " See classchat journal --help.",
        ),
        (["chek"], "Unknown command 'chek': did you mean check? See classchat journal --help."),
        (
            ["check", "surplus"],
            "Unexpected argument 'surplus': classchat journal check [options]."
            " See classchat journal check --help.",
        ),
    ],
)
def test_a_mistake(arguments: list[str], sentence: str) -> None:
    """A wrong command line is told in one sentence."""
    assert f"classchat: {sentence}" == _refusal(*arguments)
