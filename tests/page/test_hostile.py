"""Texts of strangers that would like to be more than text."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Connect
from tests.e2e.helpers import RawClient, Server
from tests.page.helpers import Visit
from tests.page.pupils import HORSE, Seat, sits_at, with_room

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
    """What strangers write is shown as text, in a room and its class, on a projector as well."""
    teacher, mallory = with_room(connect, server), connect(server.port, "Mallory")
    alice = sits_at(visit, server, "Alice")

    _in_a_room(alice, teacher)
    _in_a_class(alice, visit(server, "show#CS350"), teacher, mallory)


def _in_a_room(alice: Seat, teacher: RawClient) -> None:
    """HTML, scripts, links and odd characters in messages, topics and away texts are shown as text."""
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
    teacher.asks("away", text="<b>bold</b>" + "far away " * 20)
    teacher.asks("group", "CS350", "the end")
    alice.log.get_by_text("the end").wait_for()
    alice.button("Conversation menu").click()
    expect(alice.page.get_by_role("menuitem", name="Leave the room")).to_be_visible()
    alice.page.keyboard.press("Escape")

    for tag in ("img", "script", "b"):
        expect(alice.page.locator(f"#app {tag}")).to_have_count(0)
    for link in alice.log.locator("a[target]").all():
        assert re.match("https?://", link.get_attribute("href") or "")
    assert width == alice.page.evaluate("document.documentElement.scrollWidth")
    assert alice.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    tall = alice.log.locator(".row").evaluate_all("rows => Math.max(...rows.map((row) => row.offsetHeight))")
    assert tall < 4000
    name, note = alice.people.get_by_text("Teacher"), alice.people.get_by_text("far away")
    assert name.evaluate("name => name.scrollWidth <= name.parentElement.clientWidth"), note.inner_text()


def _in_a_class(alice: Seat, show: Page, teacher: RawClient, mallory: RawClient) -> None:
    """Reasons, topics of hands, questions and polls are shown as text, on a projector as well."""
    hostile = f"{HOSTILE[0]} {HOSTILE[1]} {HOSTILE[4][:99]}"
    expect(show.get_by_role("heading", name="CS350")).to_be_visible()

    def ask(client: RawClient, **fields: object) -> None:
        client.socket.sendall(json.dumps({"receiver": "CS350", "text": hostile, **fields}).encode() + b"\n")

    ask(teacher, status="claim", receiver="", text=HORSE)
    ask(teacher, status="op", user="Alice", text="")
    ask(mallory, status="join")
    ask(mallory, status="hand")
    ask(teacher, status="questions", text="open")
    expect(alice.log.get_by_text("questions are open")).to_be_visible()
    ask(mallory, status="ask")
    ask(teacher, status="poll", options=[hostile[:60], "no"], seconds=60)
    ask(teacher, status="mute", user="Mallory")
    expect(alice.log.get_by_text("has muted Mallory")).to_be_visible()
    alice.button("Class").click()
    for tab in ("Hands", "Questions", "Polls"):
        alice.page.get_by_role("tab", name=tab).click()
        expect(alice.page.get_by_role("tabpanel").get_by_text(HOSTILE[0]).first).to_be_visible()
    expect(show.get_by_text(HOSTILE[0]).first).to_be_visible()

    for page in (alice.page, show):
        assert page.locator("#app :is(img:not(.qr), script)").count() == 0
        assert not re.search("\u0301{9}", page.locator("#app").inner_text())
