"""What the page loads at first, and what when it is first used."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route, expect

import classchat
from classchat.bundling.members import members_of
from classchat.bundling.modules import module_of
from tests.e2e.conftest import Connect
from tests.e2e.helpers import Server
from tests.page.helpers import Complaints, Visit
from tests.page.pupils import Seat, sits_at, with_room

WEB = Path(classchat.__file__).parent / "web"

NAMES = """() => {
    const names = new Set(), seen = new Set();
    const add = (object) => {
        for (; object && !seen.has(object); object = Object.getPrototypeOf(object)) {
            seen.add(object);
            for (const name of Object.getOwnPropertyNames(object)) names.add(name);
        }
    };
    for (const name of Object.getOwnPropertyNames(window)) {
        names.add(name);
        if (/Storage$/.test(name)) continue;  // an empty page may not read them
        const value = window[name];
        if (value && /object|function/.test(typeof value)) [value, value.prototype].forEach(add);
    }
    add(document.body.style);
    return [...names];
}"""
"""Returns the names of all properties of all objects and interfaces that a browser has."""

UNTOUCHED = {"badge", "element", "exchange", "kind", "notify", "pending", "put", "request", "store"}
"""Names that only objects have that the page never reads: notifications, locks, animations and others."""

FAILED = r"Failed to load resource|net::ERR_FAILED"


def test_the_first_load(visit: Visit, server: Server, connect: Connect) -> None:
    """From the link to the first message of one's own, five files are loaded: two of them are scripts."""
    with_room(connect, server)
    page = visit(server)
    page.goto("about:blank")
    sizes = {}
    page.on("response", lambda answer: sizes.update({urlsplit(answer.url).path: answer.body()}))
    page.goto(f"http://127.0.0.1:{server.port}/#CS350")
    seat = Seat(page).joins("Alice")
    seat.says("Hello")
    seat.hears("Hello")

    stems = sorted(re.sub(r"\.\w{8}(?=\.)", "", path) for path in sizes)
    assert ["/", "/icon.svg", "/main.js", "/page.js", "/style.css"] == stems
    assert sum(map(len, sizes.values())) <= 72_000
    assert sum(len(body) for path, body in sizes.items() if path.endswith(".js")) <= 60_000


def test_short_names_of_members(browser: Browser) -> None:
    """No member of the page's classes that gets a short name has the name of anything that browsers have."""
    modules = [module_of(path.name, path.read_text(encoding="utf-8")) for path in WEB.glob("*.js")]
    members = members_of(modules, ())
    page = browser.new_page()
    names = set(page.evaluate(NAMES))
    page.close()

    assert {"focus", "querySelector", "textContent", "selectionStart", "appendChild"} <= names
    assert {"announcer", "conversation"} <= members
    assert set() == members & names - UNTOUCHED


def test_parts_that_are_loaded_later(
    visit: Visit, server: Server, connect: Connect, complaints: Complaints
) -> None:
    """What is loaded when it is first used may fail or take a while: the page goes on, and loses nothing."""
    with_room(connect, server)
    alice = sits_at(visit, server, "Alice")

    _what_is_typed_while_a_command_is_loaded(alice)
    assert [] == complaints.unexpected
    complaints.expected.append(FAILED)
    alice.page.reload()  # so that nothing is loaded any more
    alice.may_speak()
    _a_part_that_can_not_be_loaded(alice)


def _what_is_typed_while_a_command_is_loaded(alice: Seat) -> None:
    """A command waits until it can be understood; what is typed meanwhile stays in the box."""
    waiting: list[Route] = []
    alice.page.route("**/deeds*.js", lambda route: waiting.append(route))
    alice.box.press_sequentially("/topic")
    alice.box.press("Enter")
    alice.box.press_sequentially("Hello")
    expect(alice.box).to_have_value("/topicHello")
    alice.waits_for(lambda: waiting)
    for route in waiting:
        route.continue_()
    alice.page.unroute("**/deeds*.js")

    alice.hears("'CS350' has no topic")
    expect(alice.box).to_have_value("Hello")


def _a_part_that_can_not_be_loaded(alice: Seat) -> None:
    """If a menu can't be loaded the page says so, and the next click opens it.

    If the server has other files by now, the page offers to load it again, and keeps the command.
    """
    alice.page.route("**/*menus*.js", lambda route: route.abort())
    alice.button("Conversation menu").click()

    expect(alice.alert.filter(has_text="could not be loaded")).to_be_attached()
    expect(alice.button("Load again")).to_be_visible()
    alice.page.get_by_role("main").get_by_role("button", name="Close").click()
    expect(alice.box).to_be_focused()
    expect(alice.alert.filter(has_text="could not be loaded")).to_have_count(0)
    alice.page.unroute("**/*menus*.js")
    alice.button("Conversation menu").click()
    expect(alice.page.get_by_role("menuitem", name="Leave the room")).to_be_visible()
    alice.page.keyboard.press("Escape")

    alice.page.route("**/deeds*.js", lambda route: route.fulfill(status=404, body="There is nothing here."))
    alice.box.fill("/topic")
    alice.box.press("Enter")
    expect(alice.button("Load again")).to_be_visible()
    expect(alice.box).to_have_value("/topic")
    alice.page.unroute("**/deeds*.js")
    alice.button("Load again").click()

    expect(alice.box).to_have_value("/topic")
    alice.box.press("Enter")
    alice.hears("'CS350' has no topic")


def test_a_form_that_can_not_be_loaded(visit: Visit, server: Server, complaints: Complaints) -> None:
    """If the fields for a password can't be loaded the form says so, and the next click shows them."""
    complaints.expected.append(FAILED)
    alice = Seat(visit(server, "#CS350"))
    alice.page.route("**/password*.js", lambda route: route.abort())
    alice.button("Sign in with a password").click()

    expect(alice.alert.filter(has_text="could not be loaded")).to_be_visible()
    alice.page.unroute("**/password*.js")
    alice.button("Sign in with a password").click()
    expect(alice.page.get_by_label("Password")).to_be_visible()
