"""`python -m benchmarks.page`: how fast the page is in Chromium, and how much of it has to be loaded.

First it is opened with empty caches, its user joins a room and talks, and the bytes of all that was loaded
until their message stands there are counted. Then it joins a room in which others talk: the time of its
frames is measured with few messages loaded and again with many, following the newest message and scrolling
back. Before and after that, the frames of an empty page are measured while others talk as much: what is late
there is the machine's. Of a late frame, a trace says how much the browser worked in it. The server and the
others yield to the browser, which usually has a machine of its own. The CPU time of the page for each message
does not depend on what else the machine does, and `--against` compares it with the page of another tree of
sources, in turns. It fails, with exit code 3, if a promise is not kept: of 100 frames 99 take 33 ms at most,
and the first load 80 000 bytes before compression, of which 60 000 may be JavaScript.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from playwright.sync_api import Browser

from benchmarks import load, machine
from benchmarks.browser import Asset, Tab, Watched, chromium, watched
from benchmarks.native import CannotMeasure
from benchmarks.servers import CLASSCHAT, Running, running

LONGEST_FRAME = 33.4
"""Milliseconds of two frames at 60 a second, which is one frame late; one in a hundred may take longer."""

MUCH = LONGEST_FRAME / 2
"""Milliseconds of work on one thread of the browser that make a frame late; else the machine was busy."""

SHORT = 1
"""Milliseconds of tasks that are no frame's work: thousands that take a message, or wake a timer."""

FIRST_LOAD = 80_000
"""Bytes before compression, from opening the link to the first message of one's own."""

SCRIPTS = 60_000
"""Bytes of JavaScript in it."""

_LOADING_RATE = 5000
"""Messages a second until enough are loaded."""

_LEAST = 0.98
"""The share of the messages that others have to send in time."""

_WHEEL = 120, 0.1
"""Pixels of a turn of the mouse's wheel, and seconds between two."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--rate", type=int, default=1000, help="messages a second (default: 1000)")
    parser.add_argument("--loaded", type=int, default=100_000, help="messages in the end (default: 100000)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement (default: 10)")
    parser.add_argument(
        "--against", type=Path, metavar="TREE", help="another tree of sources to compare with"
    )
    return parser.parse_args(arguments)


class Talk:
    """Others who talk in the room of the page, until the time is over."""

    def __init__(
        self, pool: ThreadPoolExecutor, server: Running, rate: int, seconds: float, first: bool
    ) -> None:
        """Start them; the first ones also make the room."""
        shape: load.Shape = {
            "rooms": 1,
            "members": 5,
            "senders": 4,
            "rate": float(rate),
            "warmup": 0.0,
            "seconds": seconds,
            **({} if first else {"existing": True}),
        }
        self._begun = Event()
        self._future: Future[load.Measured] = pool.submit(load.run, CLASSCHAT, server, shape, self._begun.set)
        while not self._begun.wait(0.1):
            if self._future.done():
                self._future.result()
                raise CannotMeasure("benchmarks: the others did not begin to talk.")

    @property
    def lasts(self) -> bool:
        """Whether they are still talking."""
        return not self._future.done()

    def ended(self) -> load.Measured:
        """Wait for their end, and return what they have done."""
        return self._future.result()


def weigh(assets: Sequence[Asset]) -> list[str]:
    """Print what was loaded until the user sat in the room and talked; return what is more than promised."""
    wrong = list[str]()
    for what, some, most in (
        ("until a name can be typed", [asset for asset in assets if asset.first], FIRST_LOAD),
        ("until the user talks", assets, FIRST_LOAD),
        ("the JavaScript of it", [asset for asset in assets if asset.name.endswith(".js")], SCRIPTS),
    ):
        size, compressed = sum(one.size for one in some), sum(one.compressed for one in some)
        print(f"{what}: {size:,} bytes in {len(some)} files, {compressed:,} on the network", flush=True)
        if size > most:
            wrong.append(f"{what}: {size:,} bytes, more than {most:,}")
    return wrong


def first_load(browser: Browser, url: str) -> list[Asset]:
    """Return what a browser loads until its user sits in a new room and talks."""
    tab = Tab.opened(browser, url)
    tab.page.get_by_role("textbox", name="Your name").fill("Talker")
    tab.page.get_by_role("button", name="Join").click()
    tab.page.get_by_role("button", name="Create talk").click()
    tab.page.get_by_placeholder("Message to talk").fill("Hello")
    tab.page.keyboard.press("Enter")
    tab.shows("Hello")
    assets = tab.loaded()
    tab.close()
    return assets


def judge(what: str, one: Watched, rows: int, messages: float = 0) -> list[str]:
    """Print how the page fared; return the promises that are not kept."""
    frames = sorted(frame.length for frame in one.frames)
    tasks = sorted(task for task in one.tasks if task > SHORT)
    late = [frame.work for frame in one.frames if frame.length > LONGEST_FRAME]
    own = sum(work > MUCH for work in late)
    print(
        f"{what}: a frame takes {at(frames, 0.5):.1f} ms (p50), {at(frames, 0.99):.1f} (p99),"
        f" at most {frames[-1]:.1f}; {len(late)} of {len(frames)} took over {LONGEST_FRAME},"
        f" {own} of them because of the browser; in a late one, its busiest thread worked"
        f" {max(late, default=0):.1f} ms at most\n"
        f"  CPU of the page's thread: {sum(one.tasks) / one.seconds / 10:.0f} % of a core; a task over"
        f" {SHORT} ms takes {at(tasks, 0.5):.1f} ms (p50), {at(tasks, 0.99):.1f} (p99),"
        f" at most {at(tasks, 1):.1f}; {rows} rows, {one.heap:.1f} MiB of JavaScript",
        flush=True,
    )
    if messages:
        script, style, layout = (
            one.cpu[part] / messages * 1e6 for part in ("Script", "RecalcStyle", "Layout")
        )
        rest = cost(one, messages) - script - style - layout
        print(
            f"  for each message {cost(one, messages):.0f} µs: {script:.0f} script, {style:.0f} style,"
            f" {layout:.0f} layout, {rest:.0f} painting and the rest",
            flush=True,
        )
    usual = at(frames, 0.99)
    return [f"{what}: a frame takes {usual:.1f} ms (p99)"] if usual > LONGEST_FRAME else []


def cost(one: Watched, messages: float) -> float:
    """Return the microseconds of CPU time that the page's main thread took for each message."""
    return one.cpu["Task"] / messages * 1e6


def at(ordered: Sequence[float], share: float) -> float:
    """Return a percentile of ordered figures; 0 if there are none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def scroll_back(tab: Tab, seconds: float) -> None:
    """Turn the mouse's wheel to see older messages."""
    tab.page.get_by_role("log", name="Messages").hover()
    pixels, pause = _WHEEL
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        tab.page.mouse.wheel(0, -pixels)
        tab.page.wait_for_timeout(pause * 1e3)


@dataclass
class Side:
    """A page in a room of its own server, where others talk."""

    server: Running
    tab: Tab
    pool: ThreadPoolExecutor
    loaded: int = 0
    joined: bool = False

    def watch(self, browser: Browser, rate: int, seconds: float, scrolling: bool) -> Watched:
        """Watch the page while others talk.

        Raises:
            CannotMeasure: they fell silent before the end, or were too slow.
        """
        doing = (lambda: scroll_back(self.tab, seconds)) if scrolling else None
        return self._watch(self.tab, browser, rate, seconds, doing)

    def watch_nothing(self, browser: Browser, rate: int, seconds: float) -> Watched:
        """Watch an empty page while others talk as much, in a room where this page is not."""
        empty = Tab.opened(browser, "about:blank")
        one = self._watch(empty, browser, rate, seconds)
        empty.close()
        return one

    def _watch(
        self, tab: Tab, browser: Browser, rate: int, seconds: float, doing: Callable[[], None] | None = None
    ) -> Watched:
        talk = Talk(self.pool, self.server, rate, seconds * 1.5 + 8, first=not self.loaded)
        if tab is self.tab and not self.joined:
            self.joined = True
            tab.join("Reader")
            tab.shows("|000000.")
        one = watched(browser, tab, seconds, doing)
        if not talk.lasts:
            raise CannotMeasure("benchmarks: the others fell silent before the end.")
        talked = talk.ended()
        if talked.messages < _LEAST * rate * talked.seconds:
            raise CannotMeasure(
                f"benchmarks: {talked.messages:,} messages in {talked.seconds:.1f} s are too few."
            )
        self.loaded += talked.messages
        return one

    def fill(self, wanted: int) -> None:
        """Make the others talk fast until the page has so many messages."""
        missing = max(0, wanted - self.loaded)
        if missing:
            talk = Talk(self.pool, self.server, _LOADING_RATE, missing / _LOADING_RATE, False)
            self.loaded += talk.ended().messages
            self.tab.page.wait_for_timeout(2000)


def _yield_to_others() -> None:
    """Give this process, and what it starts from here on, the processor only when no other needs it."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def measure(options: argparse.Namespace) -> list[str]:
    """Measure all; return what was wrong."""
    rate, seconds = options.rate, options.seconds
    servers = [CLASSCHAT]
    if options.against:
        servers.append(replace(CLASSCHAT, tree=options.against.resolve()))
    with ExitStack() as stack:
        browser, pool = stack.enter_context(chromium()), stack.enter_context(ThreadPoolExecutor(1))
        _yield_to_others()
        sides = []
        for server in servers:
            up = stack.enter_context(running(server))
            sides.append(Side(up, Tab.opened(browser, f"http://127.0.0.1:{up.port}/#r0"), pool))
        page, *others = sides
        wrong = weigh(first_load(browser, f"http://127.0.0.1:{page.server.port}/#talk"))
        judge("an empty page", page.watch_nothing(browser, rate, seconds), rows=0)

        def watch(what: str, scrolling: bool = False) -> None:
            one, *rest = [side.watch(browser, rate, seconds, scrolling) for side in sides]
            wrong.extend(judge(what, one, page.tab.rows, rate * one.seconds))
            for side, other in zip(others, rest, strict=True):
                judge("  the other page", other, side.tab.rows, rate * other.seconds)
                ratio = cost(one, one.seconds) / cost(other, other.seconds)
                print(f"  CPU for each message, as a ratio to the other page: {ratio:.2f}", flush=True)

        watch(f"{rate:,} messages a second")
        for side in sides:
            side.fill(options.loaded)
        watch(f"the same with {page.loaded:,} loaded")
        watch("and scrolling back", scrolling=True)
        page.tab.close()
        judge("an empty page again", page.watch_nothing(browser, rate, seconds), rows=0)
        return wrong + page.tab.errors


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 3 if a promise was not kept or something could not be measured."""
    print(machine.described(), flush=True)
    try:
        wrong = measure(parsed(arguments))
    except CannotMeasure as trouble:
        wrong = [str(trouble)]
    for text in wrong:
        print(f"!!! {text}", file=sys.stderr)
    return 3 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
