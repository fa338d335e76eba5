"""How long reports about classes take: `python -m benchmarks.class_exports [SESSIONS [STUDENTS]]`.

It makes a file with so many sessions (200) of one room, each with so many students (600): each of them comes
and goes twice, enters a code, is helped or not, says something and votes. Then it measures each report in
each format, in seconds of the processor: other programs do not count.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from classchat.journal.store import Store

_WEEK = 7 * 86_400_000
_HOUR = 3_600_000
_START = 1_793_534_400_000
_ROOM = "#cs350"


def generate(path: Path, sessions: int, students: int) -> None:
    """Make the file."""
    with closing(Store(path, 0, "normal")) as store:
        store.append([], 0, ["CS350"])
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(
            "INSERT INTO roster(name, id, login, email, section, user, user_key, person, added)"
            " VALUES(?, ?, '', '', 'A', ?, ?, ?, 0)",
            [(f"Student {one}", str(one), f"S{one}", f"s{one}", one) for one in range(1, students + 1)],
        )
        db.executemany(
            "INSERT INTO accounts(key, name, person, password, created, changed) VALUES(?, ?, ?, '', 0, 0)",
            [(f"s{one}", f"S{one}", one) for one in range(1, students + 1)],
        )
        for number in range(sessions):
            began = _START + number * _WEEK // 4
            db.executemany(
                "INSERT INTO features(room, session, kind, key, value) VALUES(?, ?, ?, ?, ?)",
                _rows(number, began, students),
            )
            db.executemany(
                "INSERT INTO happenings(room, time, what, recipient, person, detail)"
                " VALUES(?, ?, ?, 'room', ?, ?)",
                _moves(began, students),
            )
            db.executemany(
                "INSERT INTO messages(conversation, seq, time, sender, sender_key, text)"
                " VALUES(1, ?, ?, ?, ?, ?)",
                [
                    (number * students + one, began + one * 1000, f"S{one}", f"s{one}", f"What is {one}?")
                    for one in range(1, students + 1)
                ],
            )


def _rows(number: int, began: int, students: int) -> Iterator[tuple[object, ...]]:
    def row(kind: str, key: str, value: object) -> tuple[object, ...]:
        return _ROOM, began, kind, key, json.dumps(value)

    yield row(
        "session",
        "",
        {"number": number + 1, "title": "Week", "began": began, "by": "Mona", "ended": began + _HOUR},
    )
    for one in range(1, students + 1):
        name = f"S{one}"
        yield row("here", str(one), {"name": name, "at": began + one * 100, "place": str(one // 2)})
        yield row("votes_cast", str(one), {"name": name, "polls": 2})
        if one % 10 == 0:
            turn = {"name": name, "topic": "x", "by": "Mona", "raised": began, "began": began}
            yield row("served", f"{began} {one}", {**turn, "ended": began, "state": "helped"})
            question = {"text": f"Why {one}?", "state": "open", "minute": began, "anonymous": "peers"}
            yield row("question", str(one // 10), {**question, "public": True, "supports": one})
    for poll in (1, 2):
        fields = {"text": "Which?", "options": ["A", "B"], "seconds": 60, "until": began, "by": "Mona"}
        result = {"votes": students, "counts": [students // 2, students - students // 2]}
        settings = {"many": False, "named": False, "live": False, "closed": began}
        yield row("poll", str(poll), {**fields, **settings, "result": result, "here": students})


def _moves(began: int, students: int) -> Iterator[tuple[object, ...]]:
    for at, what in ((-60_000, "joined"), (1_200_000, "left"), (1_230_000, "joined"), (_HOUR, "left")):
        for one in range(1, students + 1):
            yield _ROOM, began + at + one, what, one, json.dumps({"user": f"S{one}", "guest": False})


def _seconds() -> float:
    """Return how many seconds of the processor all ended processes have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(sessions: int = 200, students: int = 600) -> None:
    """Print how long each report takes, with the start of the program, and how large it is."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "classchat.sqlite"
        generate(path, sessions, students)
        print(f"{sessions} sessions with {students} students each, {path.stat().st_size >> 20} MiB")
        for name in ("attendance", "participation", "questions", "polls", "session all"):
            for format in ("csv", "json", "html"):
                output = Path(directory) / f"report.{format}"
                words = [sys.executable, "-m", "classchat", "export", *f"--{name}".split(), "-f", format]
                begin = _seconds()
                subprocess.run([*words, "-j", str(path), "-o", str(output)], check=True)  # noqa: S603  our own words
                took = _seconds() - begin
                most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
                size = output.stat().st_size >> 10
                print(f"{name:<14} {format:<5} {took:5.1f} s  {size:>7} KiB  at most {most} MiB of memory")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
