"""People in front of the page: what the tests of this tier say about them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Connect
from tests.e2e.helpers import RawClient, Server
from tests.page.helpers import PATIENCE, Visit

Pupil = Callable[..., "Seat"]

HORSE = "correct horse"


class Seat:
    """One page, by the names that people and screen readers know its parts by."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.name = page.get_by_role("textbox", name="Your name")
        self.join = page.get_by_role("button", name="Join", exact=True)
        self.box = page.get_by_role("textbox", name="Message")
        self.log = page.get_by_role("log", name="Messages")
        self.rows = self.log.get_by_role("listitem")
        self.conversations = page.get_by_role("list", name="Conversations")
        self.people = page.get_by_role("list", name="People")
        self.alert = page.get_by_role("alert")

    def joins(self, name: str) -> Seat:
        """Type a name and press Enter."""
        self.name.fill(name)
        self.name.press("Enter")
        expect(self.box).to_be_focused()
        return self

    def may_speak(self) -> Seat:
        """Wait until there is a conversation to say something in."""
        expect(self.box).to_have_attribute("placeholder", re.compile("^Message to"))
        return self

    def says(self, text: str) -> None:
        """Type into the box and press Enter, once there is a conversation to say it in."""
        if not text.startswith("/"):
            self.may_speak()
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.box).to_have_value("")

    def hears(self, text: str) -> None:
        """Wait until a row has a text."""
        expect(self.rows.filter(has_text=text).last).to_be_in_viewport()

    def scrolls_up_to(self, text: str) -> None:
        """Turn the wheel, as a reader does, until a row of the log has exactly this text."""
        row = self.log.get_by_text(text, exact=True)
        self.log.hover()

        def turn() -> int:
            self.page.mouse.wheel(0, -9000)
            return row.count()

        self.waits_for(turn)

    def waits_for(self, condition: Callable[[], object]) -> None:
        """Try a condition once a frame until it holds, where Playwright has nothing that waits for it."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.page.locator("body").aria_snapshot()
            self.page.evaluate("new Promise(requestAnimationFrame)")

    def chooses(self, *labels: str) -> None:
        """Choose an entry of the menu that is open."""
        for label in labels:
            self.page.get_by_role("menu").get_by_text(label, exact=True).click()

    def button(self, name: str) -> Locator:
        """Return the button of this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def conversation(self, name: str | re.Pattern[str]) -> Locator:
        """Return the button of a conversation in the list."""
        return self.conversations.get_by_role("button", name=name)

    def dialog(self) -> Locator:
        """Return the dialog that is open."""
        return self.page.get_by_role("dialog")

    def top(self) -> Any:
        """Return the text of the first row that is in view, and its distance from the top of the log."""
        return self.page.evaluate(
            """() => {
              const top = document.querySelector(".log").getBoundingClientRect().top;
              const rows = [...document.querySelectorAll(".log li")];
              const first = rows.find((row) => row.getBoundingClientRect().bottom > top + 1);
              return [first.textContent, Math.round(first.getBoundingClientRect().top - top)];
            }"""
        )


def sits_at(visit: Visit, server: Server, name: str, path: str = "#CS350", **options: Any) -> Seat:
    """Open the link to a room and join it under a name."""
    return Seat(visit(server, path, **options)).joins(name)


def with_room(connect: Connect, server: Server, room: str = "CS350", name: str = "Teacher") -> RawClient:
    """Return a client that has created a room."""
    teacher = connect(server.port, name)
    teacher.asks("create", room)
    assert teacher.hears()["status"] == "success"
    return teacher


def registered(server: Server, connect: Connect, name: str) -> RawClient:
    """Return a client that has registered its name."""
    client = connect(server.port, name)
    client.asks("claim", text=HORSE)
    assert client.hears()["status"] == "success"
    return client


def history(teacher: RawClient, room: str, count: int) -> Iterator[int]:
    """Send numbered messages, and read each of them."""
    for first in range(1, count + 1, 100):
        numbers = range(first, min(count + 1, first + 100))
        for number in numbers:
            teacher.asks("group", room, f"message {number}")
        for number in numbers:
            while teacher.hears()["text"] != f"message {number}":
                pass
            yield number
