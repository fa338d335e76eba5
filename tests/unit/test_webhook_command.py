"""`classchat admin webhook`, on a journal in a file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from classchat import webhook_command
from classchat.commandline import Misused
from classchat.core.persons import digest
from classchat.journal.store import Store
from classchat.webhook_command import WebhookOptions
from tests.tables import each_case

URL = "https://school.example/chat/"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Return a journal with the rooms CS350 and CS101."""
    path = tmp_path / "classchat.sqlite"
    store = Store(path, 0)
    store.append([], 1, ["CS350", "CS101"])
    store.close()
    return path


def run(journal: Path, *words: str) -> None:
    """Run the command."""
    options = WebhookOptions()
    options.parseOptions([*words, "--journal", str(journal)])
    webhook_command.run(options)


def test_the_address_of_a_new_webhook(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The address is all of the output, for scripts; the file has only the digest of its token."""
    run(journal, "add", "cs350", "--name", "Grafana", "--url", URL)
    out, err = capsys.readouterr()
    token = out.strip().removeprefix(f"{URL}hook/")
    with sqlite3.connect(journal) as db:
        rows = db.execute("SELECT number, room, name, token FROM hooks").fetchall()

    assert [(1, "#cs350", "Grafana", digest(token))] == rows
    assert len(token) >= 43
    assert token.encode() not in journal.read_bytes()
    assert "'CS350'" in err


def test_webhooks_are_listed_and_removed(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list names each webhook by its number, which removes it; all is in the audit log."""
    for room in ("CS350", "CS101"):
        run(journal, "add", room, "--url", URL)
    run(journal, "remove", "1")
    capsys.readouterr()
    run(journal, "list")
    [line] = capsys.readouterr().out.splitlines()
    with sqlite3.connect(journal) as db:
        audit = db.execute("SELECT action, target, detail FROM audit ORDER BY id").fetchall()

    assert line.startswith("2  CS101, as Webhook[bot], added ")
    assert [
        ("webhook add", "CS350", "as Webhook[bot]"),
        ("webhook add", "CS101", "as Webhook[bot]"),
        ("webhook remove", "CS350", "1"),
    ] == audit


def test_the_secret_of_an_outgoing_webhook(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The secret is all of the output, and is in the journal; the list and the audit log do not show it."""
    run(journal, "add-outgoing", "CS350", "http://ci.example/x", "--word", "!ci", "--name", "CI")
    secret = capsys.readouterr().out.strip()
    run(journal, "list")
    listed = capsys.readouterr().out
    with sqlite3.connect(journal) as db:
        rows = db.execute("SELECT room, name, token, url, word, secret FROM hooks").fetchall()
        [detail] = db.execute("SELECT detail FROM audit").fetchone()

    assert [("#cs350", "CI", None, "http://ci.example/x", "!ci", secret)] == rows
    assert len(secret) == 64
    assert "CS350, as CI[bot], calls http://ci.example/x on !ci, added " in listed
    assert "as CI[bot], calls http://ci.example/x on !ci" == detail
    assert secret not in listed


def test_without_a_server_the_address_has_a_gap(
    journal: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no server answers, the webhook is added all the same, and a note says what is missing."""

    def nobody(*_: object) -> None:
        raise SystemExit("classchat: nobody")

    monkeypatch.setattr(webhook_command, "reach", nobody)
    run(journal, "add", "CS350")
    out, err = capsys.readouterr()

    assert out.startswith("http://HOST:PORT/hook/")
    assert "--url" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "Nowhere", "--url", URL], "There is no room 'Nowhere'"),
        (["remove", "7"], "There is no webhook 7"),
    ],
)
def test_what_can_not_be_done(journal: Path, words: list[str], sentence: str) -> None:
    """What can't be done ends with a sentence that says what to do, and changes nothing."""
    with pytest.raises(SystemExit, match=sentence):
        run(journal, *words)


@each_case(
    "words",
    [
        [],
        ["add"],
        ["add", "CS350", "CS101"],
        ["remove"],
        ["remove", "one"],
        ["remove", "-1"],
        ["list", "CS350"],
        ["add", "a room"],
        ["add", "CS350", "--name", "two words"],
        ["add", "CS350", "--name", "server"],
        ["add", "CS350", "--url", URL, "--host", "school.example"],
        ["add", "CS350", "--word", "!ci"],
        ["add-outgoing", "CS350", "http://ci.example/"],
        ["add-outgoing", "CS350", "ftp://ci.example/", "--word", "!ci"],
        ["add-outgoing", "CS350", "http://ci.example/", "--word", "two words"],
    ],
)
def test_mistakes(words: list[str]) -> None:
    """A mistake in the command line is told before the journal is opened."""
    with pytest.raises(Misused):
        WebhookOptions().parseOptions(words)
