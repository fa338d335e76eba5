"""The parts of a class's page, as students and staff have them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.helpers import Server
from tests.page.helpers import Accessible, Visit, looks
from tests.page.pupils import Seat, sits_at


class Look:
    """Looks at pages, each by the name of its view: `look(student=alice.page)`."""

    def __init__(self, axe: Accessible) -> None:
        self.found: dict[str, list[str]] = {}
        """The rules of accessibility that a view violates, for each view that violates any."""
        self._axe = axe

    def __call__(self, **pages: Page) -> None:
        """Look at these pages as they are now."""
        for view, page in pages.items():
            if broken := looks(self._axe, page):
                self.found[view] = broken


def teaches(visit: Visit, server: Server, name: str = "Bob") -> Seat:
    """Return a page whose user has created a room, with the panel of its class open."""
    bob = sits_at(visit, server, name)
    bob.button("Create CS350").click()
    bob.button("Class").click()
    expect(tab(bob, "Hands")).to_be_visible()
    return bob


def tab(seat: Seat, name: str) -> Locator:
    """Return a tab of the panel; its name may have a count behind it."""
    return seat.page.get_by_role("tab", name=re.compile(rf"^{name}( \d+)?$"))


def panel(seat: Seat) -> Locator:
    """Return the panel."""
    return seat.page.get_by_role("complementary", name="Class")


def buttons(seat: Seat) -> Locator:
    """Return the buttons that a student has under the box."""
    return seat.page.get_by_role("group", name="Class").get_by_role("button")


def card(seat: Seat) -> Locator:
    """Return the card that one of them has opened."""
    return seat.page.locator("#class-card")
