"""Messages that are deleted while their server is killed: each is whole or gone, wherever it is."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.e2e.conftest import StartServer
from tests.e2e.helpers import CLASSCHAT, PATIENCE, Server

JOURNAL = "classchat.sqlite"
MESSAGES = 90


def text(number: int) -> str:
    """Return the text of a message, whose words are in no other one."""
    return f"secret{number:03}word " * 20


class Author:
    """A client of the JSON protocol that may be cut off at any moment."""

    def __init__(self, port: int, **fields: Any) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._lines = self.socket.makefile("rb")
        self._asked = 0
        self.sends("register", sender="Alice", id="alice", **fields)
        self.token = self.hears("alice")["token"]

    def sends(self, status: str, **fields: Any) -> None:
        """Send a request."""
        self.socket.sendall(json.dumps({"status": status, "receiver": "R", **fields}).encode() + b"\n")

    def asks(self, status: str, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request."""
        self._asked += 1
        self.sends(status, id=f"ask {self._asked}", **fields)
        return self.hears(f"ask {self._asked}")

    def say_all(self, numbers: list[int]) -> None:
        """Send the messages of these numbers to the room."""
        for number in numbers:
            self.sends("group", text=text(number), id=f"say {number}")
        self.hears(f"say {numbers[-1]}")

    def finds(self, number: int) -> bool:
        """Return whether a search finds the text of a message."""
        self.sends("search", text=f"secret{number:03}word", id=f"search {number}")
        heard, found = self.next(), False
        while heard is not None and heard.get("id") != f"search {number}":
            found = found or heard.get("seq") == number
            heard = self.next()
        return found

    def hears(self, id: str) -> dict[str, Any]:
        """Return the answer to a request."""
        while True:
            heard = self.next()
            assert heard is not None, f"the connection ended before {id} was answered"
            if heard.get("id") == id:
                return heard

    def next(self) -> dict[str, Any] | None:
        """Return what comes next; None if the connection has ended."""
        try:
            line = self._lines.readline()
        except OSError:
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    def close(self) -> None:
        """Disconnect."""
        self._lines.close()
        self.socket.close()


def stored(directory: Path) -> tuple[dict[int, str], set[int], set[int]]:
    """Return the texts by number, and which are tombstones, and which deletions are in the audit log."""
    with closing(sqlite3.connect(directory / JOURNAL)) as db:
        rows = db.execute("SELECT seq, text, deleted FROM messages ORDER BY seq").fetchall()
        audited = db.execute("SELECT detail FROM audit WHERE action = 'delete'").fetchall()
        assert ("ok",) == db.execute("PRAGMA integrity_check").fetchone()
    return (
        {seq: found for seq, found, _ in rows},
        {seq for seq, _, deleted in rows if deleted is not None},
        {int("".join(filter(str.isdigit, detail))) for (detail,) in audited},
    )


def deleted_until_killed(author: Author, numbers: list[int], server: Server, after: int) -> set[int]:
    """Ask to delete messages, kill the server after so many answers; return which were acknowledged."""
    for number in numbers:
        author.sends("delete", seq=number, id=f"delete {number}")
    acknowledged = set[int]()
    while heard := author.next():
        if heard["status"] == "success" and "number" in heard:
            acknowledged.add(heard["number"])
            if len(acknowledged) == after:
                server.signals(signal.SIGKILL)
    return acknowledged


def left_in_files(directory: Path, numbers: set[int]) -> list[int]:
    """Return which messages have their text in the journal's files."""
    data = b"".join(path.read_bytes() for path in directory.glob(f"{JOURNAL}*") if path.is_file())
    return [number for number in numbers if f"secret{number:03}word".encode() in data]


def test_a_kill_while_messages_are_deleted(serve: StartServer, tmp_path: Path) -> None:
    """What was acknowledged is gone everywhere; the rest is whole or gone, text, tombstone and audit log."""
    acknowledged, token, left = set[int](), dict[str, str](), list(range(1, MESSAGES + 1))
    for after in (1, 12):
        server = serve()
        with closing(Author(server.port, **token)) as author:
            if not token:
                author.asks("create")
                author.say_all(left)
            token = {"token": author.token}
            acknowledged |= deleted_until_killed(author, left[:40], server, after)
        server.ends()
        texts, gone, audited = stored(tmp_path)
        left = [number for number in left if number not in gone]

        assert acknowledged <= gone == audited
        assert {number: "" if number in gone else text(number) for number in range(1, MESSAGES + 1)} == texts

    with closing(Author(serve().port, **token)) as author:
        author.asks("join")
        found = [number for number in range(1, MESSAGES + 1) if author.finds(number)]
        while left_in_files(
            tmp_path, gone
        ):  # the rest is erased beside the service; the test has a time limit
            author.asks("ping")
    exported = subprocess.run(
        [*CLASSCHAT, "export", "--room", "R", "--format", "csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert (
        left == found == [number for number in range(1, MESSAGES + 1) if f"secret{number:03}word" in exported]
    )
