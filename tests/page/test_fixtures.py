"""The fixtures of this tier notice what is wrong with a page: shown with small pages of this file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.helpers import PATIENCE
from tests.page.helpers import Accessible, Complaints, Visit

_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'"
_URL = "http://classchat.example/"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page, whose complaints the test looks at itself."""
    with browser.new_context() as context:
        yield context.new_page()


def shown(page: Page, html: str, script: str = "", policy: str = _POLICY) -> list[str]:
    """Load a page with one script, and return what it complained about."""
    complaints = Complaints()
    complaints.watch(page.context)
    page.route(
        _URL,
        lambda route: route.fulfill(
            body=html, content_type="text/html", headers={"Content-Security-Policy": policy}
        ),
    )
    page.route(f"{_URL}page.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.goto(_URL)
    return complaints.unexpected


LOADING = "<!doctype html><html lang=en><title>Chat</title><script src=page.js></script>"


def test_a_page_without_complaints(page: Page) -> None:
    """A page may write to the console, as long as it is no error."""
    assert [] == shown(page, LOADING, "console.log('ready'); console.warn('slow')")


def test_complaints(page: Page) -> None:
    """Errors on the console, thrown errors and violations of the content security policy are noticed."""
    scripts = {
        "console.error('no room')": "no room",
        "throw new Error('no room')": "Error: no room",
        "Promise.reject(new Error('no room'))": "Error: no room",
        "missing()": "ReferenceError",
        "eval('1')": "unsafe-eval",
        "fetch('https://elsewhere.example/')": "connect-src",
    }
    elements = {
        "<script>1</script>": "script-src",
        "<p onclick='1'>": "script-src",
        "<p style='color: red'>": "style-src",
        "<img src=https://elsewhere.example/>": "img-src",
    }
    heard = {script: shown(page, LOADING, script)[0] for script in scripts}
    heard |= {element: shown(page, LOADING + element)[0] for element in elements}

    assert {} == {
        cause: heard[cause] for cause, part in {**scripts, **elements}.items() if part not in heard[cause]
    }


def test_expected_complaints(page: Page) -> None:
    """A test may expect a complaint; the others are still noticed."""
    complaints = Complaints()
    complaints.expected.append("no room")
    complaints.watch(page.context)
    with page.expect_console_message(lambda message: message.text == "no server"):
        page.evaluate("console.error('no room'); console.error('no server')")

    assert ["no server"] == [text.partition(" (")[0] for text in complaints.unexpected]


def test_accessibility(page: Page, axe: Accessible) -> None:
    """What violates WCAG 2.2 AA is found, under a strict policy as well."""
    small = "<button style='padding: 0; width: 9px'>1</button>"
    bodies = {
        "<h1>Chat</h1><label>Your name <input></label>": set(),
        "<h1>Chat</h1><input>": {"label"},
        "<h1 style='color: #999; background: #fff'>Chat</h1>": {"color-contrast"},
        f"<h1>Chat</h1>{small}{small}": {"target-size"},
    }
    found = {}
    for body in bodies:
        shown(page, f"{LOADING}<main>{body}</main>", policy=f"{_POLICY} 'unsafe-inline'")
        found[body] = {violation.partition(":")[0] for violation in axe(page)}

    assert bodies == found


class _Greeting(BaseHTTPRequestHandler):
    """A web server with one page."""

    def do_GET(self) -> None:
        """Answer each request with the page."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'<link rel="icon" href="data:,">')  # else Chromium asks for one, perhaps too late
        self.wfile.write(LOADING.partition("<script")[0].encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def test_visits_share_nothing(visit: Visit) -> None:
    """What one visit stores, another does not find; a second tab of the same visit does."""
    with HTTPServer(("127.0.0.1", 0), _Greeting) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        first, second = (visit(SimpleNamespace(port=server.server_port)) for _ in range(2))
        first.evaluate("localStorage.setItem('name', 'Alice')")
        tab = first.context.new_page()
        tab.goto("./show#CS350")
        names = [page.evaluate("localStorage.getItem('name')") for page in (first, tab, second)]
        server.shutdown()
        thread.join(PATIENCE)

    assert ["Alice", "Alice", None] == names
    assert tab.url == f"{first.url}show#CS350"
