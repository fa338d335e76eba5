"""A page in Chromium: opened, watched and weighed, through Playwright."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from benchmarks.frames import CATEGORIES, MARK, Frame, Span, Trace
from benchmarks.native import CannotMeasure

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE = 20_000
"""Milliseconds until something must show in the page."""

_WATCH = """(mark) => {
    const seen = (window.benchmark = { frames: [], running: true });
    performance.mark(mark);
    let last = performance.now();
    const frame = () => {
        const now = performance.now();
        seen.frames.push([last, now]);
        last = now;
        if (seen.running) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""

_DURATION = "Duration"
"""The end of the names of what the browser counts in seconds."""

_FRAMES = "() => { window.benchmark.running = false; return window.benchmark.frames; }"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium while the context lasts.

    Raises:
        CannotMeasure: it is not installed.
    """
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise CannotMeasure("benchmarks: Chromium is not installed (Debian: apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False, args=[*_FLAGS])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Asset:
    """A file that a page has loaded: its bytes, and how many of them crossed the network."""

    name: str
    size: int
    compressed: int
    first: bool
    """Whether the page names it, or is it: without all of these it can't be used."""


@dataclass
class Tab:
    """A page in a browser: what it has loaded, and what went wrong in it."""

    page: Page
    named: str = ""
    """The document, which names its first files."""

    responses: list[Response] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls, browser: Browser, url: str) -> Tab:
        """Open a page in a window of its own, with nothing in its caches."""
        tab = cls(browser.new_context(viewport={"width": 1440, "height": 900}).new_page())
        tab.page.set_default_timeout(_PATIENCE)
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.on("console", lambda said: tab.errors.append(said.text) if said.type == "error" else None)
        tab.page.on("response", lambda response: tab.responses.append(response))
        answer = tab.page.goto(url)
        tab.named = answer.text() if answer else ""
        tab.page.wait_for_load_state("networkidle")
        return tab

    def loaded(self) -> list[Asset]:
        """Return all files that it has loaded so far, each once."""
        first = {response.url: response for response in reversed(self.responses)}
        return [_asset(one, self.named) for one in first.values()]

    def join(self, name: str) -> None:
        """Sign in and join the room of the URL."""
        self.page.get_by_role("textbox", name="Your name").fill(name)
        self.page.get_by_role("button", name="Join").click()
        expect(self.page.get_by_role("log", name="Messages")).to_be_visible(timeout=_PATIENCE)

    def shows(self, text: str) -> None:
        """Wait until a text is in the log of messages."""
        log = self.page.get_by_role("log", name="Messages")
        expect(log).to_contain_text(text, timeout=_PATIENCE)

    @property
    def rows(self) -> int:
        """The number of rows that stand in the page."""
        return self.page.get_by_role("log", name="Messages").locator("li").count()

    def close(self) -> None:
        """Close the window."""
        self.page.context.close()


def _asset(response: Response, named: str) -> Asset:
    """Return what is known of a response to a page that names its first assets."""
    path = urlsplit(response.url).path
    sizes = response.request.sizes()
    first = path.rpartition("/")[2] in named
    return Asset(path, len(response.body()), sizes["responseBodySize"], first)


@dataclass(frozen=True)
class Watched:
    """What a page did for some seconds: each frame, and milliseconds of the CPU for each task."""

    seconds: float
    frames: Sequence[Frame]
    tasks: Sequence[float]
    heap: float
    """MiB of JavaScript that are in use after a collection of garbage."""

    cpu: Mapping[str, float]
    """Seconds of the CPU that the page's main thread took: in all, as `Task`, and in `Script`, `Layout` …."""


def watched(browser: Browser, tab: Tab, seconds: float, doing: Callable[[], None] | None = None) -> Watched:
    """Watch a page for some seconds, or as long as it takes to do something with it.

    The time of a frame is from one to the next, on the clock: others who use the machine make it longer. The
    CPU time of a task of the page's main thread is not lengthened by them.
    """
    session = tab.page.context.new_cdp_session(tab.page)

    def metrics() -> dict[str, float]:
        return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}

    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = metrics()
    browser.start_tracing(page=tab.page, categories=[*CATEGORIES])
    tab.page.evaluate(_WATCH, MARK)
    if doing is None:
        tab.page.wait_for_timeout(seconds * 1e3)
    else:
        doing()
    spans: list[Span] = tab.page.evaluate(_FRAMES)
    after = metrics()
    trace = Trace(json.loads(browser.stop_tracing())["traceEvents"])
    session.send("HeapProfiler.collectGarbage")
    heap = metrics()["JSHeapUsedSize"] / 2**20
    session.detach()
    cpu = {
        name.removesuffix(_DURATION): after[name] - before[name] for name in after if name.endswith(_DURATION)
    }
    took = (spans[-1][1] - spans[0][0]) / 1e3
    return Watched(took, [*trace.frames(spans[1:])], trace.tasks(), heap, cpu)
