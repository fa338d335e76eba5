"""The plumbing of this tier: Chromium's options, and what a page complained about."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError

Visit = Callable[..., Page]


class Accessible(Protocol):
    """Lists the rules of accessibility that a page violates."""

    def __call__(self, page: Page, *, colors: bool = False) -> list[str]:
        """Return all of them, or only those about `colors`."""


PATIENCE = 30.0
"""Seconds that a test waits for something in a page that should come at once."""

CHROMIUM_OPTIONS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-features=NetworkServiceInProcess2",
    "--in-process-gpu",
)
"""What Chromium is started with; the last two save processes that each request and each frame go through."""

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
"""The options of a context that make Chromium a phone: `visit(url, **PHONE)`."""

CONNECTION_LOST = r"net::ERR_CONNECTION_(?:REFUSED|RESET)|net::ERR_EMPTY_RESPONSE"
"""What Chromium says of a server that a test has stopped: `complaints.expected.append(CONNECTION_LOST)`."""

_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Complaints:
    """Errors on the console, thrown errors and violations of the CSP in the pages of a test."""

    def __init__(self) -> None:
        self.expected: list[str] = []
        """Regular expressions for the complaints that belong to the test."""
        self._heard: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Note what each page of a context complains about."""
        context.on("console", self._note_message)
        context.on("weberror", self._note_error)

    @property
    def unexpected(self) -> list[str]:
        """All complaints so far, but those that are expected."""
        return [text for text in self._heard if not any(re.search(one, text) for one in self.expected)]

    def _note_message(self, message: ConsoleMessage) -> None:
        """Record an error on the console; Chromium reports violations of the CSP there as well."""
        if message.type in ("error", "assert"):
            where = message.location
            self._heard.append(f"{message.text} ({where['url']}:{where['lineNumber'] + 1})")

    def _note_error(self, error: WebError) -> None:
        thrown = error.error
        self._heard.append(thrown.stack or thrown.message)


_OF_COLORS = ["color-contrast", "link-in-text-block"]
"""The rules that depend on whether a page is light or dark."""


def violations(axe: Axe, page: Page, *, colors: bool = False) -> list[str]:
    """Return the rules of WCAG 2.2 AA, or of good practice, that a page violates, with the elements.

    With `colors`, only those are looked at that a second look in other colors can violate.
    """
    only = {"type": "rule", "values": _OF_COLORS} if colors else {"type": "tag", "values": _STANDARDS}
    if not page.evaluate("'axe' in window"):  # half a megabyte for Chromium to read
        page.evaluate(axe.axe_script)
    # By default axe describes all that keeps to the rules as well, which takes longer than the looking.
    options = {"runOnly": only, "resultTypes": ["violations"], "selectors": False}
    found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found for node in rule["nodes"]]


def looks(axe: Accessible, page: Page) -> list[str]:
    """Return the rules of accessibility that a page violates, when it is light and when it is dark."""
    light = axe(page)
    page.emulate_media(color_scheme="dark")
    dark = axe(page, colors=True)
    page.emulate_media(color_scheme="light")
    return light + dark
