"""Fixtures of this tier: a server as a process, and pages in Chromium that fail the test if they complain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import (  # noqa: F401 (pytest finds these fixtures here)
    chat,
    connect,
    forks,
    free_port,
    keep,
    mother,
    process,
    serve,
    server,
    terminal,
)
from tests.e2e.helpers import Server
from tests.page.helpers import CHROMIUM_OPTIONS, PATIENCE, Accessible, Complaints, Visit, violations
from tests.tools import tool

expect.set_options(timeout=PATIENCE * 1000)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests without Chromium here: skipped in the fixture, each would have a line of its own."""
    if "browser" in getattr(item, "fixturenames", ()):
        tool("chromium")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start Chromium once for the tests of this tier; each worker has its own.

    It ends with the tier: while Playwright runs, nothing else in this process can run asyncio.
    """
    chromium = tool("chromium")
    with (
        sync_playwright() as playwright,
        closing(
            playwright.chromium.launch(
                executable_path=chromium, chromium_sandbox=False, args=CHROMIUM_OPTIONS
            )
        ) as browser,
    ):
        yield browser


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fail the test if a page has complained about anything that the test did not expect."""
    complaints = Complaints()
    yield complaints

    assert [] == complaints.unexpected


@pytest.fixture
def visit(browser: Browser, complaints: Complaints, keep: object) -> Iterator[Visit]:  # noqa: F811
    """Open a page in a browser of its own, with nothing stored: `visit(server, "show#CS350")`.

    With `secure` it is opened over TLS, past the warning about the certificate. Other options are those of
    Playwright's `new_context`. Pages close before what `keep` closes: a page whose server is gone complains.
    """
    contexts = []

    def start(place: Server, path: str = "", *, secure: bool = False, **options: Any) -> Page:
        scheme = "https" if secure else "http"
        base = f"{scheme}://127.0.0.1:{place.port}/"
        context = browser.new_context(base_url=base, ignore_https_errors=secure, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        complaints.watch(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> Accessible:
    """Return a function that lists the rules of accessibility that a page violates."""
    return partial(violations, Axe())
