"""A full disk, or a locked file: messages that can't be kept are refused, and everything else works."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from hashlib import sha256
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Connect, StartProcess, StartServer
from tests.e2e.helpers import CLASSCHAT, PATIENCE, RawClient, Server, allow, line

JOURNAL = "classchat.sqlite"
FAILING = "Can't write to"
WORKS = f"{JOURNAL} can be written to again"
CHORES = ("Can't update ", "Can't erase ", "Can't delete ", "Can't record ", "this works again")
"""How the lines begin, or end, that a server logs if a chore is due while it can't write."""

REFUSED = "not_saved"
LARGE = "x" * 9000

_IDS = count()  # for all connections: a new connection must not repeat ids


class Chatter:
    """A client whose requests all have an `id`, and which checks every line."""

    def __init__(self, client: RawClient) -> None:
        self.client = client
        self.overheard: list[tuple[str, int]] = []
        """Text and number of each message heard in passing."""

    def asks(self, status: str, receiver: str = "", text: str = "") -> dict[str, Any]:
        """Return the answer to a request."""
        return self.hears(self.sends(status, receiver, text))

    def sends(self, status: str, receiver: str = "", text: str = "") -> str:
        """Send a request, and return its id."""
        id = str(next(_IDS))
        self.client.socket.sendall(line(status, receiver, text, id=id))
        return id

    def hears(self, id: str) -> dict[str, Any]:
        """Return the answer to the request of that id."""
        while True:
            heard = self.client.hears()
            if heard.get("id") == id:
                return heard
            if "seq" in heard:
                self.overheard.append((heard["text"], heard["seq"]))

    def say(self, text: str) -> int | str:
        """Send a message to the room; return its number, or the code of the refusal."""
        answer = self.asks("group", "R", text)
        return answer.get("seq") or answer["code"]


@pytest.fixture
def people(server: Server, connect: Connect) -> tuple[Chatter, Chatter]:
    """Return Alice and Bob in a room, in which Alice has sent a message."""
    return meet(server, connect)


def meet(server: Server, connect: Connect) -> tuple[Chatter, Chatter]:
    """Return Alice and Bob in a room, in which Alice has sent a message."""
    alice, bob = Chatter(connect(server.port, "Alice")), Chatter(connect(server.port, "Bob"))
    alice.asks("create", "R")
    bob.asks("join", "R")
    alice.say("before")
    alice.asks("private", "Bob", "psst")
    return alice, bob


def complaints(server: Server) -> list[str]:
    """Return the server's messages about the disk, one word for each, except those about chores."""
    words = {FAILING: "failing", WORKS: "works"}
    lines = [text for text in server.err.decode().splitlines() if JOURNAL in text or "Traceback" in text]
    told = [text for text in lines if not any(chore in text for chore in CHORES)]
    return [next((word for part, word in words.items() if part in text), text) for text in told]


def everything_else(alice: Chatter, bob: Chatter) -> list[str]:
    """Send requests that need no writes; return the wrong answers."""
    asked = [
        ("users", ""),
        ("rooms", ""),
        ("ping", ""),
        ("history", "R"),
        ("history", "Bob"),
        ("search", "R"),
    ]
    answers = [(what, alice.asks(what, where, "before")) for what, where in asked]
    answers.append(("leave", bob.asks("leave", "R")))
    answers.append(("join", bob.asks("join", "R")))
    return [what for what, answer in answers if answer["status"] != "success"]


def in_file(directory: Path) -> tuple[list[tuple[str, int]], str]:
    """Read the room's messages with another program; return them, and whether the file is sound."""
    with closing(sqlite3.connect(directory / JOURNAL)) as db:
        query = (
            "SELECT text, seq FROM messages JOIN conversations ON conversations.id = conversation"
            " WHERE name = 'R' ORDER BY messages.id"
        )
        return db.execute(query).fetchall(), db.execute("PRAGMA integrity_check").fetchone()[0]


def fill(server: Server, directory: Path) -> None:
    """Limit the files to a little more than their current size."""
    allow(server, (directory / f"{JOURNAL}-wal").stat().st_size + 6000)


def test_a_full_disk(
    server: Server, people: tuple[Chatter, Chatter], connect: Connect, tmp_path: Path
) -> None:
    """With a full disk messages are refused and everything else works; with free space all works again."""
    alice, bob = people
    fill(server, tmp_path)
    refused = [alice.say(f"{LARGE} {number}") for number in range(50)]
    refused.append(alice.asks("private", "Bob", LARGE)["code"])
    refused.append(alice.asks("create", "Other", "")["code"])
    wrong = everything_else(alice, bob)
    newcomer = Chatter(connect(server.port, "Carol")).asks("join", "R")
    allow(server, resource.RLIM_INFINITY)
    accepted = [alice.say(f"after {number}") for number in range(3)]
    bob.asks("ping")
    bob.asks("ping")
    server.complains(WORKS)
    server.signals(signal.SIGKILL)
    server.ends()
    expected = [("before", 1), *[(f"after {number}", number + 2) for number in range(3)]]

    assert ([REFUSED] * 52, [], "success") == (refused, wrong, newcomer["status"])
    assert ([2, 3, 4], ["failing", "works"]) == (accepted, complaints(server))
    assert [("psst", 1), *expected[1:]] == [one for one in bob.overheard if one != ("before", 1)]
    assert (expected, "ok") == in_file(tmp_path)


def test_a_file_for_which_there_is_no_space(
    server: Server, people: tuple[Chatter, Chatter], process: StartProcess
) -> None:
    """A full disk answers an upload with 507; with free space it goes on from there, and all is in order."""
    alice, bob = people
    data = os.urandom(1_000) * 3_000
    asked = {"name": "data.bin", "size": len(data), "sha256": sha256(data).hexdigest()}
    alice.client.socket.sendall(line("file", "R", id="file", **asked))
    link = alice.hears("file")["upload"]
    first = patch(server, link, data, 0, 500_000)
    allow(server, 1_200_000)
    refused, again = patch(server, link, data, 500_000, 1_500_000), head(server, link)
    meanwhile = alice.say("meanwhile")
    allow(server, resource.RLIM_INFINITY)
    last = patch(server, link, data, again, len(data))
    shared = bob.client.hears()
    while "file" not in shared:
        shared = bob.client.hears()
    server.signals(signal.SIGKILL)
    server.ends()
    check = process(*CLASSCHAT, "journal", "check")

    assert (204, 507, 204) == (first, refused, last)
    assert (2, 3) == (meanwhile, shared["seq"])
    assert 500_000 <= again <= 1_200_000
    assert (0, b"") == (check.ends(), check.err)


def patch(server: Server, link: str, data: bytes, start: int, end: int) -> int:
    """Upload a part of a file; return the status of the answer."""
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": str(start),
        "Content-Type": "application/offset+octet-stream",
    }
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.request("PATCH", f"/{link}", data[start:end], headers)
        return connection.getresponse().status


def head(server: Server, link: str) -> int:
    """Return how many bytes of an upload the server has."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.request("HEAD", f"/{link}", headers={"Tus-Resumable": "1.0.0"})
        return int(connection.getresponse().headers["Upload-Offset"])


def test_a_disk_that_is_full_for_some(
    server: Server, people: tuple[Chatter, Chatter], tmp_path: Path
) -> None:
    """If only short messages fit, the operator is not told of each failure."""
    alice, bob = people
    allow(server, (tmp_path / f"{JOURNAL}-wal").stat().st_size + 400_000)
    became = [alice.say(text) for number in range(10) for text in (f"short {number}", LARGE)]
    accepted = [one for one in became if one != REFUSED]
    allow(server, (tmp_path / f"{JOURNAL}-wal").stat().st_size)
    alice.say("no more")
    bob.asks("ping")

    assert list(range(2, len(accepted) + 2)) == accepted
    server.complains(FAILING)
    assert 1 == complaints(server).count("failing")


def test_a_server_that_is_killed_while_the_disk_is_full(
    server: Server, people: tuple[Chatter, Chatter], serve: StartServer, connect: Connect, tmp_path: Path
) -> None:
    """Refused messages are not there after a restart, and the numbers continue."""
    alice, _ = people
    fill(server, tmp_path)
    refused = [alice.say(f"{LARGE} {number}") for number in range(5)]
    server.signals(signal.SIGKILL)
    server.ends()
    again = Chatter(connect(serve().port, "Alice"))
    joined = again.asks("join", "R")

    assert ([REFUSED] * 5, 1, 2) == (refused, joined["seq"], again.say("after"))
    assert ([("before", 1), ("after", 2)], "ok") == in_file(tmp_path)


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_locked_file(server: Server, people: tuple[Chatter, Chatter], tmp_path: Path, lock: str) -> None:
    """While another program writes to the file messages are refused; then all works as before."""
    alice, bob = people
    with closing(sqlite3.connect(tmp_path / JOURNAL, isolation_level=None)) as other:
        other.execute(lock)
        refused = [alice.say("lost"), alice.say("lost"), alice.asks("private", "Bob", "lost")["code"]]
        wrong = everything_else(alice, bob)
        other.execute("ROLLBACK")
    accepted = [alice.say("after"), alice.asks("private", "Bob", "after")["seq"]]
    for _ in range(2):
        bob.asks("ping")
    server.complains(WORKS)

    assert ([REFUSED] * 3, []) == (refused, wrong)
    assert ([2, 2], ["failing", "works"]) == (accepted, complaints(server))
    assert [("psst", 1), ("after", 2), ("after", 2)] == [one for one in bob.overheard if one[0] != "before"]


def test_more_than_the_writer_takes(server: Server, people: tuple[Chatter, Chatter], tmp_path: Path) -> None:
    """While no write is possible each message is refused, and the server's memory does not grow."""
    alice, _ = people
    fill(server, tmp_path)
    before = memory_of(server)
    for _ in range(60):  # 27 MB of texts
        last = [alice.sends("group", "R", LARGE) for _ in range(50)][-1]
        assert alice.hears(last)["code"] == REFUSED
    grown = memory_of(server) - before
    allow(server, resource.RLIM_INFINITY)

    assert (2, ["failing"]) == (alice.say("after"), complaints(server)[:1])
    assert grown < 16 * 1024


def memory_of(server: Server) -> int:
    """Return a server's memory, in KiB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_a_server_that_is_stopped_while_the_disk_is_full(
    server: Server, people: tuple[Chatter, Chatter], tmp_path: Path
) -> None:
    """A server with a full disk stops as usual, without further messages."""
    alice, _ = people
    fill(server, tmp_path)
    refused = [alice.say(LARGE) for _ in range(3)]
    server.signals(signal.SIGTERM)

    assert ([REFUSED] * 3, 0) == (refused, server.ends())
    assert 1 == complaints(server).count("failing")
    assert ([("before", 1)], "ok") == in_file(tmp_path)


def test_no_room_to_start(process: Callable[..., Any], tmp_path: Path) -> None:
    """If not even an empty journal fits, the server does not start, and says why in one line."""
    command = f"ulimit -f 4 && exec {' '.join(CLASSCHAT)} serve --port 0"
    server = process("/bin/sh", "-c", command)
    code = server.ends()

    assert (1, 1) == (code, server.err.count(b"\n")), server.err
    assert b"the disk is full or fails" in server.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system with room for 512 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount; the limit of a file's size shows the same")
    yield place
    with suppress(subprocess.CalledProcessError):
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_small_disk(serve: StartServer, connect: Connect, small_disk: Path) -> None:
    """A really full disk has the same effect, until it has space again."""
    server = serve("--port", "0", "--journal", str(small_disk / JOURNAL))
    alice, bob = meet(server, connect)
    became = [alice.say(f"{LARGE} {number}") for number in range(60)]
    accepted = [one for one in became if one != REFUSED]
    wrong = everything_else(alice, bob)
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    after = alice.say("after")
    server.complains(WORKS)
    server.signals(signal.SIGTERM)
    server.ends()
    kept, sound = in_file(small_disk)

    assert (list(range(2, len(accepted) + 2)), len(accepted) + 2, []) == (accepted, after, wrong)
    assert (True, "ok") == (len(accepted) < 60, sound)
    assert list(range(1, len(accepted) + 3)) == [seq for _, seq in kept]
    assert "failing" == complaints(server)[0]
    assert os.path.exists(small_disk / JOURNAL)


UNCONFIRMED = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_by(const char *name, int fd) {
    if (access(getenv("UNCONFIRMED"), F_OK) == 0) { errno = EIO; return -1; }
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }
"""
"""A library that makes every sync fail while a given file exists."""


def test_what_the_disk_did_not_confirm(
    keep: Callable[[Any], Any], serve: StartServer, connect: Connect, tmp_path: Path
) -> None:
    """A message that was refused because of a failed sync is not there after a kill."""
    library, marker = tmp_path / "unconfirmed.so", tmp_path / "unconfirmed"
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    command = [compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library), "-ldl"]
    subprocess.run(command, input=UNCONFIRMED.encode(), check=True)
    environment = ["/usr/bin/env", f"LD_PRELOAD={library}", f"UNCONFIRMED={marker}"]
    server = keep(Server([*environment, *CLASSCHAT, "serve", "--limits", "off", "--port", "0"], tmp_path))
    alice, _ = meet(server.is_up(), connect)
    marker.touch()
    refused = [alice.say("short"), alice.say(LARGE)]
    server.signals(signal.SIGKILL)
    server.ends()
    again = Chatter(connect(serve().port, "Alice"))
    joined = again.asks("join", "R")

    assert ([REFUSED] * 2, 1, 2) == (refused, joined["seq"], again.say("after"))
    assert ([("before", 1), ("after", 2)], "ok") == in_file(tmp_path)
