"""Texts of strangers that would like to be more than text."""

from __future__ import annotations

import json
import re

from playwright.sync_api import expect

from tests.e2e.conftest import Connect
from tests.e2e.helpers import Server
from tests.page.helpers import Visit
from tests.page.pupils import sits_at, with_room

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</div><script>alert(1)</script>",
    "javascript:alert(1) data:text/html,<b>x</b> vbscript:x",
    "\u202eevil\u202c \u2066\u2067isolated",
    "a" + "\u0301" * 9_000,
    "```\n<b>never closed",
    "https://example.org/\u202egpj.exe",
    "x" * 9_000,
)


def test_hostile_texts(visit: Visit, server: Server, connect: Connect) -> None:
    """HTML, scripts, links and odd characters in messages, topics and away texts are shown as text."""
    teacher = with_room(connect, server)
    alice = sits_at(visit, server, "Alice")
    width = alice.page.evaluate("document.documentElement.scrollWidth")

    for text in HOSTILE:
        teacher.socket.sendall(
            json.dumps({"status": "group", "receiver": "CS350", "text": text}).encode() + b"\n"
        )
        teacher.socket.sendall(
            json.dumps(
                {"status": "topic", "receiver": "CS350", "text": text[:200].replace("\n", " ")}
            ).encode()
            + b"\n"
        )
    teacher.asks("away", text="<b>bold</b>")
    teacher.asks("group", "CS350", "the end")
    alice.log.get_by_text("the end").wait_for()
    alice.button("Conversation menu").click()
    alice.page.keyboard.press("Escape")

    for tag in ("img", "script", "b"):
        expect(alice.page.locator(f"#app {tag}")).to_have_count(0)
    for link in alice.log.locator("a[target]").all():
        assert re.match("https?://", link.get_attribute("href") or "")
    assert width == alice.page.evaluate("document.documentElement.scrollWidth")
    assert alice.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    tall = alice.log.locator(".row").evaluate_all("rows => Math.max(...rows.map((row) => row.offsetHeight))")
    assert tall < 4000
