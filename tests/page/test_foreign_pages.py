"""Another page on the same machine, which the user has open as well: what it can do to ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.helpers import Server
from tests.page.helpers import Complaints, Visit


class _Page(BaseHTTPRequestHandler):
    """Answers everything with an empty page."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another page</title><body>")

    def log_message(self, *args: object) -> None:
        """Log nothing."""


class _Place:
    """A server, for `visit`."""

    def __init__(self, port: int) -> None:
        self.port = port


@pytest.fixture
def foreign(visit: Visit, complaints: Complaints) -> Iterator[Page]:
    """Open a page of another server; Chromium reports all that it may not do."""
    complaints.expected.append("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield visit(_Place(server.server_port))
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_foreign_page(foreign: Page, server: Server) -> None:
    """Another page reads nothing of ours, frames it nowhere, and reaches neither its window nor server."""
    ours = f"http://127.0.0.1:{server.port}"

    _reads_nothing(foreign, ours)
    _shows_ours_in_no_frame(foreign, ours)
    _does_not_reach_our_window(foreign, ours)
    _opens_no_websocket(foreign, server)


def _reads_nothing(foreign: Page, ours: str) -> None:
    """No answer can be read or used by another page, as data, an image or a script."""
    used = """async (url) => {
      const read = await fetch(url).then(() => "read", () => "refused");
      const taken = await fetch(url, { mode: "no-cors" }).then(() => "taken", () => "refused");
      const shown = await new Promise((done) => {
        const image = new Image();
        image.onload = () => done("shown");
        image.onerror = () => done("refused");
        image.src = url;
      });
      const run = await new Promise((done) => {
        const script = document.createElement("script");
        script.onload = () => done("run");
        script.onerror = () => done("refused");
        script.src = url;
        document.head.append(script);
      });
      return [read, taken, shown, run];
    }"""
    paths = ("", "links", "favicon.ico", "ws", "gone")
    got = {path: foreign.evaluate(used, f"{ours}/{path}") for path in paths}

    assert dict.fromkeys(paths, ["refused"] * 4) == got


def _shows_ours_in_no_frame(foreign: Page, ours: str) -> None:
    """Our page does not appear in a frame of another page, where its buttons could be covered."""
    with foreign.expect_event("framenavigated", lambda frame: frame.parent_frame is not None):
        foreign.evaluate(
            """(url) => {
              const frame = document.createElement("iframe");
              frame.src = url;
              document.body.append(frame);
            }""",
            f"{ours}/",
        )

    assert ["chrome-error://chromewebdata/"] == [frame.url for frame in foreign.frames[1:]]


def _does_not_reach_our_window(foreign: Page, ours: str) -> None:
    """A page that opens ours cannot talk to it, or lead it elsewhere."""
    with foreign.context.expect_page() as opened:
        foreign.evaluate("(url) => { window.ours = window.open(url); }", f"{ours}/")
    page = opened.value
    expect(page.get_by_role("textbox", name="Your name")).to_be_visible()

    assert (True, None) == (foreign.evaluate("() => window.ours.closed"), page.evaluate("() => opener"))


def _opens_no_websocket(foreign: Page, server: Server) -> None:
    """The WebSocket does not open for another page, while it would for ours."""
    opened = """(url) => new Promise((done) => {
      const socket = new WebSocket(url);
      socket.onopen = () => done("open");
      socket.onclose = (event) => done(event.code);
    })"""
    address = f"ws://127.0.0.1:{server.port}/ws"
    refused = foreign.evaluate(opened, address)
    foreign.goto(f"http://127.0.0.1:{server.port}/")

    assert (1006, "open") == (refused, foreign.evaluate(opened, address))
