"""Webhooks of whole servers: the shipped command, programs that post, and programs that are called."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs, formatEvent
from twisted.web.resource import Resource
from twisted.web.server import Site

from classchat.serve import ServeOptions
from classchat.servers import outgoing_hooks
from classchat.tap import makeService
from tests.integration.helpers import PATIENCE, Client, Server, in_thread
from tests.integration.journals import soon, until
from tests.integration.test_control import run
from tests.ready_journals import ready_journals

StartServer = Callable[..., Server]

GRAFANA = {
    "attachments": [
        {
            "title": "[FIRING:1] High CPU (prod)",
            "title_link": "http://grafana:3000/alerting/grafana/abc/view",
            "text": "**Firing**\n\nValue: B=97\n",
            "fallback": "[FIRING:1] High CPU (prod)",
            "footer": "Grafana v11.1.0",
            "color": "#D63232",
            "ts": 1763892000,
        }
    ],
    "username": "Grafana",
    "icon_emoji": ":warning:",
}
GITHUB = {
    "text": "Run 7 failed",
    "blocks": [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "<https://github.example/runs/7|Run 7> *failed*"},
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "by octocat"}]},
    ],
}


@async_yield_fixture
async def start(tmp_path: Path, nothing_left_over: None) -> AsyncIterator[StartServer]:
    """Return a function that starts a whole server, which may call programs on this machine."""
    servers: list[Server] = []

    def start(journal: str, *words: str) -> Server:
        place = str(tmp_path / f"control-{len(servers)}")
        options = ServeOptions()
        options.parseOptions(["--journal", journal, "--no-tls", "--control", place, "127.0.0.1", "0", *words])
        servers.append(Server(makeService(options)))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


def post(url: str, body: bytes | Iterator[bytes], kind: str) -> tuple[int, bytes]:
    """Return the answer to what a program posts; in chunks if it does not know the length."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=PATIENCE)
    try:
        connection.request("POST", place.path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


async def hears(client: Client, sender: str, count: int) -> list[str]:
    """Return the texts of an author, once there are so many."""

    def texts() -> list[str]:
        return [one["text"] for one in client.everything() if one.get("sender") == sender and "seq" in one]

    await until(lambda: len(texts()) >= count, f"{sender} has said it")
    return texts()


@ensureDeferred
async def test_programs_that_know_slack_post(
    start: StartServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints an address, where scripts, Grafana and GitHub post as they do to Slack."""
    journal = str(tmp_path / "j")
    server = start(journal)
    alice = await server.connect("Alice", "CS350")
    page = f"http://{server.addresses[0]}/"
    words = ("admin", "webhook", "add", "CS350", "--name", "CI", "--url", page, "--journal", journal)
    url = (await run(capsys, *words)).strip()
    as_json = "application/json"
    answers = [
        await in_thread(post, url, body, kind)
        for body, kind in [
            (b'{"text": "as JSON"}', as_json),
            (urlencode({"payload": '{"text": "as a form"}'}).encode(), "application/x-www-form-urlencoded"),
            (iter([b'{"text":', b' "in ', b'chunks"}']), as_json),
            (json.dumps(GITHUB).encode(), as_json),
            (json.dumps(GRAFANA).encode(), as_json),
            (b"nonsense", as_json),
        ]
    ]
    said, alarms = await hears(alice, "CI[bot]", 4), await hears(alice, "Grafana[bot]", 1)
    removed = await run(capsys, "admin", "webhook", "remove", "1", "--journal", journal)
    answers.append(await in_thread(post, url, b'{"text": "too late"}', as_json))

    assert [(200, b"ok")] * 5 + [(400, b"invalid_payload"), (404, b"no_service")] == answers
    run_7 = "Run 7 (https://github.example/runs/7) *failed*\nby octocat"
    assert ["as JSON", "as a form", "in chunks", run_7] == said
    assert alarms[0].startswith("[FIRING:1] High CPU (prod) (http://grafana:3000/alerting/grafana/abc/view)")
    assert "The webhook 1 of room 'CS350' has been removed.\n" == removed


class Builder(Resource):
    """A program that fails at first, and then says what it does; it keeps what it was sent."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[bytes, str, str]] = []

    def render_POST(self, request: Any) -> bytes:
        """Answer."""
        signature, stamp = (
            request.getHeader(f"X-Slack-{name}") for name in ("Signature", "Request-Timestamp")
        )
        self.asked.append((request.content.read(), signature, stamp))
        if len(self.asked) == 1:
            request.setResponseCode(503)
            return b""
        request.setHeader("Content-Type", "application/json")
        return json.dumps({"text": f"Build {len(self.asked)} begins"}).encode()


@async_yield_fixture
async def builder(nothing_left_over: None) -> AsyncIterator[tuple[Builder, str]]:
    """Return the program, and its address."""
    program = Builder()
    port = reactor.listenTCP(0, Site(program), interface="127.0.0.1")  # type: ignore[arg-type]
    yield program, f"http://127.0.0.1:{port.getHost().port}/build"  # type: ignore[attr-defined]
    await soon(Deferred.fromCoroutine(_closed(port)))


async def _closed(port: Any) -> None:
    await port.stopListening()


def has_others(server: Server) -> bool:
    """Return whether a node takes clients and knows of other ones; it may have started again meanwhile."""
    journal: Any = server.factory.chat.journal
    return server.factory.chat.is_ready() and journal._pulse.has_others


@ensureDeferred
async def test_of_several_nodes_one_calls(
    start: StartServer,
    builder: tuple[Builder, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program is called once for each message, signed and again after an error, and all nodes read it."""
    monkeypatch.setattr(outgoing_hooks, "_PAUSES", (0.0,))
    program, url = builder
    journal = ready_journals().take(str(tmp_path))
    one, other = (start(journal, "--hook-network", "127.0.0.1", "--no-web") for _ in range(2))
    await until(lambda: all(map(has_others, (one, other))), "they know of each other")
    alice, bob = await one.connect("Alice", "CS350"), await other.connect("Bob", "CS350")
    words = ("admin", "webhook", "add-outgoing", "CS350", url, "--word", "!build", "--name", "CI")
    secret = (await run(capsys, *words, "--journal", journal)).strip()
    for server in (one, other):
        assert server.service.hooks is not None
        await soon(server.service.hooks.look())
    await alice.asks("group", "CS350", "!build 8")
    await hears(bob, "CI[bot]", 1)
    await bob.asks("group", "CS350", "!build 9")
    said = [await hears(client, "CI[bot]", 2) for client in (alice, bob)]

    assert [["Build 2 begins", "Build 3 begins"]] * 2 == said
    assert [b"8", b"8", b"9"] == [body.partition(b"build+")[2][:1] for body, _, _ in program.asked]
    for body, signature, stamp in program.asked:
        signed = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        assert f"v0={signed}" == signature


@ensureDeferred
async def test_this_machine_is_called_only_if_allowed(
    start: StartServer, builder: tuple[Builder, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without `--hook-network` no program on the server's machine is called, and the log says why."""
    program, url = builder
    journal = str(tmp_path / "j")
    server = start(journal)
    alice = await server.connect("Alice", "CS350")
    words = ("admin", "webhook", "add-outgoing", "CS350", url, "--word", "!build")
    await run(capsys, *words, "--journal", journal)
    assert server.service.hooks is not None
    await soon(server.service.hooks.look())
    with capturedLogs() as logged:
        await alice.asks("group", "CS350", "!build 8")
        told: list[str] = []
        while not told:
            await alice.asks("ping")
            told = [text for text in map(formatEvent, logged) if "can't be called" in text]

    assert [] == program.asked
    assert "--hook-network" in told[0]


@ensureDeferred
async def test_webhooks_without_a_journal(
    start: StartServer, builder: tuple[Builder, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that keeps everything in memory is asked at its socket, and has the same webhooks."""
    program, url = builder
    server = start("memory:", "--hook-network", "127.0.0.1")
    alice = await server.connect("Alice", "CS350")
    where = ("--control", str(tmp_path / "control-0"))

    async def ask(*words: str) -> str:
        return await run(capsys, "admin", "webhook", *words, *where)

    page = f"http://{server.addresses[0]}/"
    address = (await ask("add", "cs350", "--name", "CI", "--url", page)).strip()
    secret = await ask("add-outgoing", "CS350", url, "--word", "!build", "--name", "Build")
    refused = [await ask("add", "Nowhere", "--url", page), await ask("remove", "7")]
    listed = await ask("list")
    posted = await in_thread(post, address, b'{"text": "Hello"}', "application/json")
    assert server.service.hooks is not None
    await soon(server.service.hooks.look())
    program.asked.append((b"", "", ""))  # as after a first attempt: the program answers at once
    await alice.asks("group", "CS350", "!build 8")
    said = [await hears(alice, "CI[bot]", 1), await hears(alice, "Build[bot]", 1)]
    removed = await ask("remove", "1")
    gone = await in_thread(post, address, b'{"text": "too late"}', "application/json")

    assert ([["Hello"], ["Build 2 begins"]], (200, b"ok"), (404, b"no_service")) == (said, posted, gone)
    assert 65 == len(secret)
    assert [
        "classchat: There is no room 'Nowhere'. 'classchat admin rooms' shows all.",
        "classchat: There is no webhook 7. 'classchat admin webhook list' shows all.",
    ] == refused
    assert [True, True] == [
        f"CS350, as {name}" in line
        for name, line in zip(
            ("CI[bot], added", f"Build[bot], calls {url} on !build"), listed.splitlines(), strict=True
        )
    ]
    assert "The webhook 1 of room 'CS350' has been removed.\n" == removed
