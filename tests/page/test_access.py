"""The page for all people and machines: keyboard, phone, zoom, contrast, screen readers."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Connect
from tests.e2e.helpers import RawClient, Server
from tests.page.helpers import PHONE, Accessible, Visit, looks
from tests.page.pupils import Seat, with_room


def test_a_desk(visit: Visit, server: Server, connect: Connect, axe: Accessible) -> None:
    """The keyboard is enough, nothing is lost at 400 % zoom, and no view violates a rule of accessibility.

    The rules are those of WCAG 2.2 AA, in light and in dark.
    """
    teacher = with_room(connect, server)
    alice = Seat(visit(server, "#CS350"))
    found = {"join": looks(axe, alice.page)}
    _keyboard_alone(alice, teacher)
    alice.conversation("CS350").click()
    _four_times_the_size(alice, teacher)
    alice.page.set_viewport_size({"width": 1280, "height": 720})
    found |= _views(alice, teacher, axe)
    alice.page.goto("show#CS350")
    expect(alice.page.get_by_role("heading", name="CS350")).to_be_visible()
    found["show"] = looks(axe, alice.page)

    assert {} == {view: broken for view, broken in found.items() if broken}


def _views(alice: Seat, teacher: RawClient, axe: Accessible) -> dict[str, list[str]]:
    """Return the rules that the views of a user in a room violate."""
    teacher.asks("group", "CS350", "Hello Alice, see `x` at https://example.org/\n```\ncode\n```")
    teacher.asks("private", "Alice", "see me")
    expect(alice.conversation("Teacher")).to_contain_text("1 unread")
    expect(alice.log.locator("pre code")).to_have_css("box-shadow", "none")
    alice.box.press_sequentially("@T")
    found = {"chat": looks(axe, alice.page)}
    alice.page.keyboard.press("Escape")

    for name, ready in {
        "Conversation menu": "Mute",
        "Rooms": "CS350",
        "New room": "Name of the room",
        "Search": "Only in",
    }.items():
        alice.button(name).first.click()
        expect(alice.dialog()).to_contain_text(ready)
        found[name] = looks(axe, alice.page)
        alice.page.keyboard.press("Escape")
    return found


def _keyboard_alone(alice: Seat, teacher: RawClient) -> None:
    """All can be done without a mouse: join, write, walk through messages, open menus, create a room."""
    keys = alice.page.keyboard
    keys.type("Alice")
    keys.press("Enter")
    expect(alice.box).to_be_focused()
    alice.may_speak()
    keys.type("from the keyboard")
    keys.press("Enter")
    expect(alice.rows.last.get_by_role("link")).to_have_attribute("href", "#CS350/1")
    teacher.asks("group", "CS350", "well done")
    alice.hears("well done")

    alice.log.focus()
    keys.press("ArrowUp")
    expect(alice.rows.last).to_be_focused()
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(alice.page.get_by_role("menuitem").first).to_be_focused()
    keys.press("Escape")
    expect(alice.rows.filter(has_text="from the keyboard")).to_be_focused()
    keys.press("Escape")
    expect(alice.box).to_be_focused()
    keys.press("Control+Home")
    alice.page.get_by_title("Your menu").focus()
    keys.press("Enter")
    expect(alice.page.get_by_role("menuitem").first).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Escape")
    expect(alice.page.get_by_title("Your menu")).to_be_focused()
    alice.button("New room").focus()
    keys.press("Enter")
    expect(alice.page.get_by_label("Name of the room")).to_be_focused()
    keys.type("Lab")
    keys.press("Enter")

    expect(alice.page.get_by_role("heading", name="Lab")).to_be_visible()
    expect(alice.box).to_be_focused()


def _four_times_the_size(alice: Seat, teacher: RawClient) -> None:
    """At 400 % zoom, 320 pixels wide, nothing is lost and nothing scrolls sideways."""
    alice.page.set_viewport_size({"width": 320, "height": 256})
    teacher.asks("group", "CS350", "a-word-without-an-end" * 20)
    teacher.asks("group", "CS350", "short")
    alice.hears("short")

    assert alice.page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(alice.box).to_be_in_viewport(ratio=1)
    expect(alice.rows.last).to_be_in_viewport()
    for name in ("Conversations", "Search", "People", "Conversation menu"):
        expect(alice.button(name).first).to_be_in_viewport(ratio=1)
    assert re.search("CS350", alice.page.title())


def small(page: Page) -> list[list[object]]:
    """Return the controls of a page that are smaller than 44 pixels, except links in texts."""
    return page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, a:not(.skip, .words a)")]
          .map((one) => one.closest("label") ?? one)
          .map((one) => [one.textContent || one.title, one.offsetWidth, one.offsetHeight])
          .filter(([, width, height]) => width && Math.min(width, height) < 44)"""
    )


def test_a_phone(visit: Visit, server: Server, connect: Connect) -> None:
    """On a phone the list is a drawer, and everything to touch has 44 pixels.

    The list of people gives way to what is chosen in it: a private conversation, or a name in the box.
    """
    teacher = with_room(connect, server)
    teacher.asks("group", "CS350", "Hello, see https://example.org/")
    alice = Seat(visit(server, "#CS350", **PHONE))
    sizes = small(alice.page)
    alice.joins("Alice")
    alice.hears("Hello")
    expect(alice.button("Invite people")).to_be_visible()
    teacher.asks("private", "Alice", "see me")
    expect(alice.conversations).to_be_hidden()

    expect(alice.page).to_have_title(re.compile(r"^\(1\) "))
    alice.button("Conversations, 1 unread").tap()
    expect(alice.conversation("Teacher")).to_contain_text("1 unread")
    sizes += small(alice.page)
    alice.conversation("Teacher").tap()

    alice.hears("see me")
    alice.box.fill("here I am")
    alice.button("Send").tap()
    alice.hears("here I am")
    expect(alice.box).to_be_focused()
    expect(alice.conversations).to_be_hidden()
    alice.button("Conversations").tap()

    alice.conversation("CS350").tap()
    alice.button("People").tap()
    alice.people.get_by_role("button", name="Teacher").tap()
    alice.chooses("Mention")
    expect(alice.box).to_have_value("@Teacher ")
    expect(alice.box).to_be_focused()
    alice.button("People").tap()
    alice.people.get_by_role("button", name="Teacher").tap()
    alice.chooses("Write privately")
    alice.box.tap()
    alice.says("May I come later?")

    while (heard := teacher.hears())["text"] != "May I come later?":
        pass
    assert "private" == heard["status"]
    assert [] == sizes
