"""`python -m recording.page`: photographs the page during a lesson, light and dark.

Alice is in Chromium and the others at terminals; they talk over a real server. It needs what the tests of the
page need: see CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Error, Page, expect, sync_playwright

from benchmarks.window import Window
from recording.session import COLUMNS, ROWS, CannotRecord, Session, served

_DOCS = Path(__file__).parent.parent / "docs"
_CHROMIUM = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chromium-headless-shell",
)
_SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_WIDTH, _HEIGHT, _SCALE = 1120, 660, 1.4
_PATIENCE = 20_000  # milliseconds

_CODE = "Two loops are enough:\n```\nfor i in range(len(words)):\n    for j in range(i):\n        …\n```"


class Lesson:
    """Alice's page, and the terminals of the others."""

    def __init__(self, page: Page, stack: ExitStack, address: str, home: Path) -> None:
        self.page = page
        self.log = page.get_by_role("log", name="Messages")
        self.box = page.get_by_role("textbox", name="Message")
        self.conversations = page.get_by_role("list", name="Conversations")
        self._stack = stack
        self._address = address
        self._home = home
        self._windows: dict[str, Window] = {}
        self._session = Session(self._windows)

    def comes(self, who: str) -> None:
        """Start a terminal."""
        (self._home / who).mkdir()
        command = [sys.executable, "-m", "classchat", f"{who}@{self._address}"]
        window = Window(command, COLUMNS, ROWS, self._home / who)
        self._windows[who] = self._stack.enter_context(window)
        self._session.sees(who, "connected")

    def types(self, who: str, line: str, until: str) -> None:
        """Type a line at a terminal, and wait until this can be seen there."""
        self._windows[who].press(f"{line}\r")
        self._session.sees(who, until)

    def says(self, who: str, text: str) -> None:
        """Say something in the room that Alice looks at."""
        self._windows[who].press(f"{text}\r")
        expect(self.log.get_by_text(text)).to_be_visible()

    def sends(self, text: str) -> None:
        """Send something from the page."""
        self.box.fill(text)
        self.box.press("Enter")


def played(lesson: Lesson, link: str) -> None:
    """Play the lesson, up to the moment of the pictures."""
    lesson.comes("MsRivera")
    lesson.types("MsRivera", "/create questions", "You → questions:")
    lesson.types("MsRivera", "/create CS350", "You → CS350:")
    lesson.types("MsRivera", "/topic Sorting: exercise 3, until Friday", "exercise 3")
    page = lesson.page
    page.goto(link)
    page.get_by_role("textbox", name="Your name").fill("Alice")
    page.get_by_role("button", name="Join").click()
    expect(lesson.log).to_be_visible()
    for who in ("Bob", "Chen"):
        lesson.comes(who)
        lesson.types(who, "/join CS350", "You → CS350:")
    lesson.sends("/join questions")
    expect(page.get_by_role("heading", name="questions")).to_be_visible()
    lesson.conversations.get_by_text("CS350").click()
    lesson.says("MsRivera", "Good morning! Today we sort the words of exercise 3, without sorted().")
    lesson.says("Bob", "May we work in pairs?")
    lesson.says("MsRivera", "Yes. The words are at https://example.org/cs350/words.txt")
    lesson.sends(_CODE)
    lesson.says("Chen", "Then @Alice and I try insertion sort")
    lesson.types("MsRivera", "/group questions Ask here whatever the others may want to know as well.", "Ask")
    lesson.types("Bob", "/msg Alice Can you send me your notes?", "notes")
    expect(lesson.conversations.get_by_text("Bob")).to_be_visible()
    lesson.box.fill("Gladly, @Chen. I begin with the inner loop")


def photographed(port: int, place: Path) -> None:
    """Start everything, play the lesson, and write the pictures.

    Raises:
        CannotRecord: something is not as it is expected, a port that is taken, say.
    """
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        raise CannotRecord("recording: Chromium is not installed: see CONTRIBUTING.md")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="classchat-recording-")))
        address = served(stack, port, home)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=False)
        stack.callback(browser.close)
        page = browser.new_page(
            viewport={"width": _WIDTH, "height": _HEIGHT}, device_scale_factor=_SCALE, locale="en-GB"
        )
        page.set_default_timeout(_PATIENCE)
        try:
            played(Lesson(page, stack, address, home), f"http://{address}/#CS350")
            for scheme in _SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.screenshot(path=place / f"page-{scheme}.png", caret="initial")
        except (Error, AssertionError) as trouble:
            raise CannotRecord(f"recording: the page is not as expected: {trouble}") from None


def main(arguments: Sequence[str]) -> int:
    """Write the pictures; return 1 with a sentence if that can't be done."""
    parser = argparse.ArgumentParser(prog="python -m recording.page", description=__doc__)
    parser.add_argument("place", type=Path, nargs="?", default=_DOCS, help="directory (default: docs)")
    parser.add_argument("--port", type=int, default=5555, help="where the server listens (default: 5555)")
    options = parser.parse_args(arguments)
    expect.set_options(timeout=_PATIENCE)
    try:
        photographed(options.port, options.place)
    except CannotRecord as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
