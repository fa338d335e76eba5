"""Shared files over real HTTP: uploads in parts, downloads by ranges, and what no client should send."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import pytest
from pytest_twisted import async_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from classchat.console import log_notices
from classchat.contents import Contents
from classchat.core.shared_files import digest_of
from classchat.journal.sqlite import SQLiteJournal
from classchat.limits import Limits
from classchat.servers.browsing import PageLinks
from classchat.servers.codes import QRCodes
from classchat.servers.file_doors import FileDoors
from classchat.servers.file_store import FileStore
from classchat.servers.hosts import Hosts
from classchat.servers.http_exchange import HTTPExchange
from classchat.servers.pacing import Pacing
from classchat.servers.proxies import Proxies
from classchat.servers.service import ChatService
from classchat.servers.tls import Encryption
from classchat.servers.website import Website
from classchat.tap import makeFactory
from tests.integration.helpers import PATIENCE, Client, LoopbackEndpoint, Serve, Server, in_thread
from tests.integration.journals import at_rest
from tests.integration.test_http import shipped

DATA = os.urandom(300_000)

HOST = {"Host": "school.example"}
TUS = {**HOST, "Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}


class Answer(NamedTuple):
    """An answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class School(NamedTuple):
    """A server with files, and two members of a room."""

    server: Server
    contents: Contents
    alice: Client
    bob: Client

    async def asks(
        self, method: str, path: str, headers: Mapping[str, str] = HOST, body: bytes | None = None
    ) -> Answer:
        """Make one request over a connection of its own."""
        return await in_thread(_asked, self.server.address, method, path, headers, body)

    async def offers(self, data: bytes = DATA, **fields: Any) -> str:
        """Ask as Alice to share a file with the room; return where to upload it."""
        asked = {"name": "notes.pdf", "size": len(data), "sha256": digest_of(data), **fields}
        answer = await self.alice.asks("file", "R", **asked)
        assert answer["status"] == "success", answer
        return str(answer["upload"])

    async def patches(self, upload: str, data: bytes, offset: int = 0) -> Answer:
        """Send the next bytes of an upload."""
        return await self.asks("PATCH", upload, {**PART, "Upload-Offset": str(offset)}, data)

    async def offset(self, upload: str) -> str:
        """Return how many bytes of an upload the server has."""
        return (await self.asks("HEAD", upload, TUS)).headers["Upload-Offset"]

    async def shares(self, data: bytes = DATA, **fields: Any) -> str:
        """Share a file; return Bob's link."""
        answer = await self.patches(await self.offers(data, **fields), data)
        assert answer.status == 204, answer
        return str((await self.bob.hears("group", sender="Alice"))["file"]["link"])


def _asked(
    address: tuple[str, int], method: str, path: str, headers: Mapping[str, str], body: bytes | None
) -> Answer:
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    try:
        connection.request(method, f"/{path}", body, dict(headers))
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers.items()), response.read())
    finally:
        connection.close()


def build(directory: Path) -> tuple[Server, Contents]:
    """Build a server with files, on a journal in a file; uploads stall soon."""
    limits = replace(Limits().without_guard(), stalled=0.3)
    contents = Contents(directory / "files")
    encryption = Encryption(None)
    pages = PageLinks(encryption, [], list)
    hosts = Hosts(["school.example"], lambda: ())
    site = Website(shipped(), QRCodes(reactor), hosts, Proxies(), pages)
    journal = SQLiteJournal(directory / "journal", reactor, contents=contents)
    factory = makeFactory(
        journal, reactor, limits, site=site, page_at=pages.at, files_off=lambda: contents.problem
    )
    store = FileStore(contents, reactor, Pacing(reactor, log_notices))
    site.files = FileDoors(lambda: factory.chat, store, site.refusal)
    service = ChatService(factory, {"127.0.0.1:0": LoopbackEndpoint(None)}, log_notices, files=store)
    return Server(service), contents


@async_fixture
async def school(serve: Serve, tmp_path: Path) -> School:
    """Start a server with a room, in which Alice and Bob are."""
    server, contents = build(tmp_path)
    await serve(server)
    return School(server, contents, await server.connect("Alice", "R"), await server.connect("Bob", "R"))


# Uploads.


@ensureDeferred
async def test_a_file_is_uploaded_in_parts(school: School) -> None:
    """Parts that follow each other are one file, which all members can read when the last one is answered."""
    upload = await school.offers()
    empty = await school.offset(upload)
    first = await school.patches(upload, DATA[:100_000])
    half = await school.offset(upload)
    second = await school.patches(upload, DATA[100_000:], 100_000)
    told = await school.bob.hears("group", sender="Alice")
    read = await school.asks("GET", told["file"]["link"])

    assert ("0", "100000", "300000") == (empty, half, await school.offset(upload))
    assert (204, "100000") == (first.status, first.headers["Upload-Offset"])
    assert (204, "300000") == (second.status, second.headers["Upload-Offset"])
    assert (200, DATA) == (read.status, read.body)
    assert told["text"].endswith(f": http://127.0.0.1:{school.server.address[1]}/{told['file']['link']}")


@ensureDeferred
async def test_what_the_server_can_do(school: School) -> None:
    """OPTIONS says which parts of tus the server speaks, and POST "creates" the upload at its own link."""
    upload = await school.offers()
    able = await school.asks("OPTIONS", upload)
    created = await school.asks("POST", upload, {**TUS, "Upload-Length": "300000"})

    assert (204, "1.0.0", "creation,termination", "25000000") == (
        able.status,
        able.headers["Tus-Version"],
        able.headers["Tus-Extension"],
        able.headers["Tus-Max-Size"],
    )
    assert (201, upload.removeprefix("upload/")) == (created.status, created.headers["Location"])


_WRONG: list[tuple[str, Mapping[str, str], bytes | None, int]] = [
    ("HEAD", HOST, None, 412),
    ("PATCH", {**PART, "Tus-Resumable": "0.2.2", "Upload-Offset": "0"}, b"x", 412),
    ("PATCH", {**TUS, "Upload-Offset": "0"}, b"x", 415),
    ("PATCH", PART, b"x", 400),
    ("PATCH", {**PART, "Upload-Offset": "-1"}, b"x", 400),
    ("PATCH", {**PART, "Upload-Offset": "1e3"}, b"x", 400),
    ("PATCH", {**PART, "Upload-Offset": "9" * 18}, b"x", 409),
    ("PATCH", {**PART, "Upload-Offset": "1"}, b"x", 409),
    ("PATCH", {**PART, "Upload-Offset": "0"}, DATA + b"x", 413),
    ("POST", {**TUS, "Upload-Length": "5"}, None, 400),
    ("POST", TUS, None, 400),
    ("POST", {**TUS, "Upload-Length": "300000"}, b"x", 400),
    ("GET", TUS, None, 405),
]


@ensureDeferred
async def test_requests_that_tus_does_not_know(school: School) -> None:
    """A request that is not as tus says is refused, and nothing of it is kept."""
    upload = await school.offers()
    answers = [await school.asks(method, upload, headers, body) for method, headers, body, _ in _WRONG]

    assert [status for *_, status in _WRONG] == [answer.status for answer in answers]
    assert await school.offset(upload) == "0"


@ensureDeferred
async def test_an_upload_is_ended(school: School) -> None:
    """DELETE ends an upload, whose link leads nowhere then and which takes no space; a shared file stays."""
    upload = await school.offers()
    await school.patches(upload, DATA[:100_000])
    ended = [await school.asks("DELETE", upload, TUS)]
    gone = [(await school.asks(method, upload, TUS)).status for method in ("HEAD", "DELETE")]
    uploads = [await school.offers() for _ in range(Limits().unfinished_files)]
    ended += [await school.asks("DELETE", each, TUS) for each in uploads]
    upload = await school.offers()
    await school.patches(upload, DATA)
    shared = await school.asks("DELETE", upload, TUS)

    assert {204} == {answer.status for answer in ended}
    assert ([404, 404], 403) == (gone, shared.status)
    assert await school.offset(upload) == str(len(DATA))


@ensureDeferred
async def test_another_content_than_announced(school: School) -> None:
    """A file whose sha-256 is another one is not shared; the right one still can be."""
    upload = await school.offers()
    wrong = await school.patches(upload, bytes(len(DATA)))
    right = await school.patches(upload, DATA)

    assert (422, 204) == (wrong.status, right.status)
    assert len([one for one in await school.bob.catches_up() if one["sender"] == "Alice"]) == 1


@ensureDeferred
async def test_what_had_come_stays_when_the_connection_is_lost(school: School) -> None:
    """An upload goes on behind the last byte that came, after a lost connection and after one that stalls."""
    upload = await school.offers()
    head = _head("PATCH", upload, {**PART, "Upload-Offset": "0", "Content-Length": "300000"})
    await in_thread(_sends, school.server.address, head + DATA[:70_000], False)
    while (there := int(await school.offset(upload))) < 70_000:
        pass
    stalls = _head("PATCH", upload, {**PART, "Upload-Offset": str(there), "Content-Length": "230000"})
    answer = await in_thread(_sends, school.server.address, stalls + DATA[there : there + 30_000], True)
    rest = await school.patches(upload, DATA[100_000:], 100_000)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 204 == rest.status


@ensureDeferred
async def test_the_newest_request_continues_an_upload(school: School) -> None:
    """A request whose connection is dead, which the server can't know, gives way to the next one."""
    upload = await school.offers()
    old = await in_thread(socket.create_connection, school.server.address, PATIENCE)
    with old:
        head = _head("PATCH", upload, {**PART, "Upload-Offset": "0", "Content-Length": "300000"})
        await in_thread(old.sendall, head + DATA[:50_000])
        while int(await school.offset(upload)) < 50_000:
            pass
        answer = await school.patches(upload, DATA[50_000:], 50_000)

    assert 204 == answer.status


@ensureDeferred
async def test_a_request_that_comes_while_an_upload_is_finished(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits, and then finds the whole file: a client whose connection was lost need not begin again."""
    begun, goes_on = Event(), Event()
    finish, give_way = Contents.finish, HTTPExchange.give_way

    def finish_later(contents: Contents, number: int, sha256: str) -> bool:
        begun.set()
        assert goes_on.wait(PATIENCE)
        return finish(contents, number, sha256)

    def give_way_now(exchange: HTTPExchange) -> None:
        give_way(exchange)
        goes_on.set()

    monkeypatch.setattr(Contents, "finish", finish_later)
    monkeypatch.setattr(HTTPExchange, "give_way", give_way_now)
    upload = await school.offers()
    patched = Deferred.fromCoroutine(school.patches(upload, DATA))
    await in_thread(begun.wait, PATIENCE)
    offset = await school.offset(upload)

    assert (204, "300000") == ((await patched).status, offset)


@ensureDeferred
async def test_a_full_disk(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be written is not acknowledged; the upload goes on when there is space again."""
    upload = await school.offers()
    with monkeypatch.context() as patch:
        patch.setattr(Contents, "append", _full)
        full = await school.patches(upload, DATA)
    again = await school.patches(upload, DATA)

    assert (507, 204) == (full.status, again.status)


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@ensureDeferred
async def test_a_link_to_upload_is_needed(school: School) -> None:
    """Without the link that the chat has given nothing can be uploaded."""
    upload = await school.offers()
    link = await school.shares()
    wrong = [f"{upload[:-4]}AAAA", "upload/x", "upload/", f"upload/{link.split('/')[1]}"]

    assert [404] * 4 == [(await school.asks("HEAD", each, TUS)).status for each in wrong]


# Downloads.


_RANGES = [
    ("bytes=0-4", 206, DATA[:5]),
    ("bytes=299995-", 206, DATA[-5:]),
    ("bytes=-5", 206, DATA[-5:]),
    ("bytes=0-", 206, DATA),
    ("bytes=100-999999999999", 206, DATA[100:]),
    ("bytes=-999999999999", 206, DATA),
    ("bytes=300000-", 416, b""),
    ("bytes=-0", 416, b""),
    ("bytes=5-1", 200, DATA),
    ("bytes=0-1,5-6", 200, DATA),
    ("bytes=a-b", 200, DATA),
    ("lines=0-4", 200, DATA),
    ("bytes=" + "9" * 40 + "-", 200, DATA),
]


@ensureDeferred
async def test_ranges(school: School) -> None:
    """One range of bytes is sent alone; what is no range, or several, is answered with the whole file."""
    link = await school.shares()
    answers = [await school.asks("GET", link, {**HOST, "Range": asked}) for asked, _, _ in _RANGES]

    assert [one[1:] for one in _RANGES] == [(answer.status, answer.body) for answer in answers]


@ensureDeferred
async def test_a_download_continues_only_in_the_same_file(school: School) -> None:
    """`If-Range` and `If-None-Match` compare the content (RFC 9110, 13)."""
    link = await school.shares()
    tag = (await school.asks("HEAD", link)).headers["ETag"]
    same = await school.asks("GET", link, {**HOST, "Range": "bytes=5-", "If-Range": tag})
    other = await school.asks("GET", link, {**HOST, "Range": "bytes=5-", "If-Range": '"x"'})
    known = await school.asks("GET", link, {**HOST, "If-None-Match": tag})

    assert ([206, 200, 304], DATA[5:]) == ([same.status, other.status, known.status], same.body)


_KINDS = [
    ("page.html", "application/octet-stream", "attachment"),
    ("picture.svg", "application/octet-stream", "attachment"),
    ("archive.zip", "application/octet-stream", "attachment"),
    ("code.js", "application/octet-stream", "attachment"),
    ("paper.pdf", "application/octet-stream", "attachment"),
    ("photo.png", "image/png", "inline"),
]


@ensureDeferred
async def test_no_file_is_run_or_shown_as_a_page(school: School) -> None:
    """A browser saves a stranger's file; only pictures are shown, and nothing of a file is run."""
    for name, kind, shown in _KINDS:
        link = await school.shares(b"<script>alert(1)</script>", name=name)
        headers = (await school.asks("GET", link)).headers
        policy = headers["Content-Security-Policy"]

        assert (kind, "default-src 'none'; sandbox") == (headers["Content-Type"], policy)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Disposition"].startswith(f'{shown}; filename="{name}"; ')


@ensureDeferred
async def test_a_hostile_name_adds_no_header(school: School) -> None:
    """Whatever is in a name, it stays a part of one header."""
    link = await school.shares(b"x", name='a"; filename=b\r\nSet-Cookie: c="日.html')
    answer = await school.asks("GET", link)

    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Disposition"].count('"') == 2


@ensureDeferred
async def test_who_leaves_reads_no_more(school: School) -> None:
    """The same link is answered with 404 as soon as its member has left the room."""
    link = await school.shares()
    await school.bob.asks("leave", "R")

    assert 404 == (await school.asks("GET", link)).status


@ensureDeferred
async def test_a_link_to_another_host_or_method(school: School) -> None:
    """The rules of the site hold for files as well."""
    link = await school.shares()

    assert 421 == (await school.asks("GET", link, {"Host": "evil.example"})).status
    assert 405 == (await school.asks("POST", link)).status


@ensureDeferred
async def test_a_content_that_is_gone(school: School) -> None:
    """A file whose content was deleted by hand is answered with a sentence."""
    link = await school.shares()
    school.contents.remove(digest_of(DATA))

    assert 410 == (await school.asks("GET", link)).status


# Keeping.


@ensureDeferred
async def test_a_restart_keeps_files_and_leaves_no_orphans(
    school: School, serve: Serve, tmp_path: Path
) -> None:
    """After a restart a half upload goes on, a shared file can be read, and what nobody needs is deleted."""
    await school.shares()
    upload = await school.offers(b"y" * 1_000)
    await school.patches(upload, b"y" * 500)
    await school.server.stop()
    orphan = tmp_path / "files" / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"nobody's")
    (tmp_path / "files" / "parts" / "ff").write_bytes(b"nobody's")
    server, contents = build(tmp_path)
    await serve(server)
    again = School(server, contents, await server.connect("Alice", "R"), await server.connect("Bob", "R"))
    offset = await again.offset(upload)
    answer = await again.bob.asks("history", "R")
    await at_rest(server.factory.chat.journal)

    assert ("500", "success") == (offset, answer["status"])
    assert {digest_of(DATA), ""} == {found.sha256 for found in contents.all()}


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} /{path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


def _sends(address: tuple[str, int], data: bytes, waits: bool) -> bytes:
    """Send bytes; return the beginning of the answer, or close at once."""
    with socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(data)
        return connection.recv(100) if waits else b""
