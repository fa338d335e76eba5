"""`classchat export`: which messages of which room it writes, and where to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat import cli, export
from classchat.export import ExportOptions
from classchat.journal.store import Store
from tests.tables import each_case
from tests.unit.journal.helpers import open_store, said

NOON = 1_793_534_400_000  # 2026-11-01T12:00:00Z
HOUR = 3_600_000


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the time zone to nine hours east of Greenwich."""
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_an_hour_that_comes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the clock is set back, `--from` is the first of the two times, and `--to` the second."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    begin, end = (export.moment(of_end=of_end)("2026-10-25T02:30") for of_end in (False, True))
    monkeypatch.undo()
    time.tzset()

    assert HOUR == end - begin


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the journal that is taken where none is named."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "classchat.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Keep a message every six hours for three days, from noon of 1 November."""
    with closing(open_store(path)) as store:
        store.append([], 0, ["CS350", "Other"])
        for number in range(12):
            store.append([said(f"{number * 6}"), said("elsewhere", room="Other")], NOON + number * 6 * HOUR)
        yield store


def _exported(capfd: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    cli.main(["export", "--room", "CS350", "--format", "json", *arguments])
    return [message["text"] for message in json.loads(capfd.readouterr().out)["messages"]]


def _refusal(*arguments: str) -> object:
    with pytest.raises(SystemExit) as caught:
        cli.main(["export", *arguments])
    return str(caught.value).removesuffix(" See classchat export --help.")


ALL = [f"{number * 6}" for number in range(12)]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("page", [1, 5, 6, 12, 1000])
def test_all_of_a_room(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    """All messages of the room, and no others, are written while a server is running."""
    monkeypatch.setattr(export, "_PAGE", page)

    assert ALL == _exported(capfd)


@pytest.mark.usefixtures("store", "far_east")
@each_case("page", [1, 1000])
@each_case(
    ("arguments", "texts"),
    [
        (["--from", "2026-11-01"], ALL),
        (["--from", "2026-11-02"], ALL[1:]),  # which begins at 15:00 UTC
        (["--to", "2026-11-01"], ALL[:1]),
        (["--from", "2026-11-02", "--to", "2026-11-02"], ["6", "12", "18", "24"]),
        (["--from", "2026-11-01T12:00:00Z", "--to", "2026-11-01T18:00:00Z"], ["0"]),
        (["--from", "2026-11-01T12:00:00.001Z", "--to", "2026-11-01T18:00:00.001Z"], ["6"]),
        (["--from", "2026-11-01T13:00+01:00", "--to", "2026-11-01t18:00:01z"], ["0", "6"]),
        (["--from", "2026-11-01T21:00:01", "--to", "2026-11-02 09:00"], ["6"]),
        (["--from", "2027-01-01"], []),
        (["--to", "1970-01-01"], []),
    ],
)
def test_a_part_of_a_room(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    page: int,
    arguments: list[str],
    texts: list[str],
) -> None:
    """Days are those of this place, and the last is included; a time is the one before which it ends."""
    monkeypatch.setattr(export, "_PAGE", page)

    assert texts == _exported(capfd, *arguments)


@pytest.mark.usefixtures("store")
def test_a_room_in_another_spelling(capfd: pytest.CaptureFixture[str]) -> None:
    """A room is found in any spelling, and shown in its own."""
    cli.main(["export", "-r", "cs350"])

    assert capfd.readouterr().out.startswith("# CS350\n")


@pytest.mark.parametrize("format", ["md", "html", "json", "csv"])
def test_output_to_a_file(
    store: Store, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], format: str
) -> None:
    """A file gets the same as standard output, in UTF-8 in any locale."""
    store.append([said("Grüße")], NOON + 100 * HOUR)
    cli.main(["export", "--room", "CS350", "--format", format])
    shown = capfdbinary.readouterr().out
    cli.main(["export", "--room", "CS350", "--format", format, "--output", "room"])

    assert (shown, b"", True) == (
        (tmp_path / "room").read_bytes(),
        capfdbinary.readouterr().out,
        "Grüße".encode() in shown,
    )


def test_a_server_that_is_not_running(store: Store, path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A file that no server has open is exported as well, and left as it was."""
    store.close()
    before = path.read_bytes(), sorted(path.parent.iterdir())
    texts = _exported(capfd)

    assert (ALL, before) == (texts, (path.read_bytes(), sorted(path.parent.iterdir())))


@pytest.mark.usefixtures("store")
@each_case(
    ("arguments", "sentence"),
    [
        ("--room Nowhere", "There is no room 'Nowhere'. Existing rooms: CS350, Other."),
        ("--room Nowhere\t", "There is no room 'Nowhere\ufffd'. Existing rooms: CS350, Other."),
        ("", "Expected --room ROOM, or a report such as --attendance."),
        (
            "--room CS350 --format pdf",
            "--format: 'pdf' is not one of these: md, html, json or csv.",
        ),
        (
            "--room CS350 --output no/such/directory",
            "Can't write to 'no/such/directory': No such file or directory.",
        ),
        (
            "--room CS350 --output ./classchat.sqlite",
            "--output would overwrite the journal: choose another file.",
        ),
        *[
            (
                f"--room CS350 --output classchat.sqlite-{part}",
                "--output would overwrite a file of the journal: choose another file.",
            )
            for part in ("wal", "shm", "lock", "tls.pem")
        ],
        (
            "--room CS350 --output classchat.sqlite.before-9",
            "--output would overwrite a copy of the journal: choose another file.",
        ),
        *[
            (
                f"--room CS350 --from {begin} --to {end}",
                "--from is after --to: give the earlier time as --from.",
            )
            for begin, end in (
                ("2026-11-03", "2026-11-01"),
                ("2026-11-02", "2026-11-01"),
                ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z"),
            )
        ],
        *[
            (
                f"--room CS350 --from {text}",
                f"--from: '{text}' is not a time: use a day such as 2026-11-01, or 2026-11-01T10:00:00Z.",
            )
            for text in (
                "yesterday",
                "2026-02-30",
                "2026-11-1",
                "20261101",
                "2026-W45-1",
                "2026-11-01T25:00:00Z",
                "",
            )
        ],
        (
            "--room CS350 --to 9999-12-31",
            "--to: '9999-12-31' is not a time: use a day such as 2026-11-01, or 2026-11-01T10:00:00Z.",
        ),
        ("--room CS350 surplus", "Unexpected argument 'surplus': classchat export --room ROOM [options]."),
    ],
)
def test_a_mistake(arguments: str, sentence: str, path: Path) -> None:
    """A mistake is told in one sentence, and nothing is written."""
    before = sorted(path.parent.iterdir())

    assert f"classchat: {sentence}" == _refusal(*arguments.split(" ") if arguments else [])
    assert before == sorted(path.parent.iterdir())


def test_many_rooms(store: Store) -> None:
    """Of many rooms only the first are named."""
    store.append([], 0, [f"Room{number:02}" for number in range(30)])
    refusal = str(_refusal("--room", "Nowhere"))

    assert (True, True) == (
        "Existing rooms: CS350, Other, Room00" in refusal,
        refusal.endswith("Room17 and 12 more."),
    )


def test_no_rooms(path: Path) -> None:
    """Without any rooms, the sentence says so."""
    open_store(path).close()

    assert "classchat: There is no room 'CS350'. The journal has no rooms." == _refusal("--room", "CS350")


def test_no_journal(path: Path) -> None:
    """A missing journal is not created, and the sentence has its path."""
    said = f"classchat: There is no journal '{path}'. A server makes it when it first starts."

    assert said == _refusal("--room", "CS350")
    assert [] == list(path.parent.iterdir())


def test_a_damaged_journal(store: Store, path: Path) -> None:
    """A file that turns out to be damaged while it is read is told in a sentence."""
    (root,) = store._db.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'messages_by_number'"
    ).fetchone()
    store.close()
    with open(path, "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)

    assert (
        f"classchat: The journal '{path.name}' can't be read: database disk image is malformed."
        == _refusal("--room", "CS350")
    )


def test_the_defaults() -> None:
    """Without options it is all of the default journal, as Markdown, on standard output."""
    options = ExportOptions()
    options.parseOptions(["--room", "CS350"])

    assert ("classchat.sqlite", None, None, "md", None) == tuple(
        options[name] for name in ("journal", "from", "to", "format", "output")
    )


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "begin"),
    [
        ("--output room.html", "<!DOCTYPE html>"),
        ("--output room.HTM", "<!DOCTYPE html>"),
        ("--output room.json", "{"),
        ("--output room.csv", "seq,"),
        ("--output room.md", "# CS350"),
        ("--output room", "# CS350"),
        ("--output room.csv --format json", "{"),
    ],
)
def test_the_format_follows_the_name_of_the_file(path: Path, arguments: str, begin: str) -> None:
    """What the file's name ends in is the format, unless one is asked for."""
    cli.main(["export", "--room", "CS350", *arguments.split()])
    written = path.with_name(arguments.split()[1]).read_text("utf-8-sig")

    assert begin == written[: len(begin)]
