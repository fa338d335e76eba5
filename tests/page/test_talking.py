"""Messages between pages and terminals: writing, pending, failing, completing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connect, StartTerminal
from tests.e2e.helpers import CLASSCHAT, RawClient, Server
from tests.page.helpers import PHONE, Visit
from tests.page.pupils import Seat, sits_at, with_room

CALLED = """
    window.called = [];
    window.Notification = class {
        static permission = "granted";
        static async requestPermission() { return "granted"; }
        constructor(title, { body }) { window.called.push(`${title}: ${body}`); }
    };
    navigator.vibrate = (time) => window.called.push(time) > 0;
    document.hasFocus = () => !window.isAway;
"""
"""Notes how the page calls its user, who looks elsewhere while `isAway`."""

NOT_SECURE = 'Object.defineProperty(window, "isSecureContext", { value: false });'
"""Makes a page one that came from another machine without encryption."""


def test_two_pages_and_a_terminal(
    visit: Visit, server: Server, connect: Connect, terminal: StartTerminal
) -> None:
    """Pages and terminals are in one conversation.

    An author deletes a message in its menu or with `/delete`; its text is gone from all pages, for ever.
    """
    with_room(connect, server)
    alice, bob = sits_at(visit, server, "Alice"), sits_at(visit, server, "Bob")
    carol = terminal(*CLASSCHAT, "--plain", server.address_of("Carol"))
    carol.is_asked()
    carol.types("/join CS350")
    carol.sees("[SUCCESS] You have joined 'CS350'")
    alice.says("Hello from a page")
    bob.hears("Hello from a page")
    carol.sees("[CS350 - Alice] Hello from a page")
    carol.types("/group CS350 Hello from a terminal")
    alice.hears("Hello from a terminal")
    bob.hears("Hello from a terminal")

    alice.says("ninety nine")
    bob.hears("ninety nine")
    expect(alice.rows.last.get_by_role("link")).to_have_attribute("href", "#CS350/3")  # so the row is final
    alice.rows.last.hover()
    alice.button("Message menu").click()
    alice.chooses("Delete for everyone")
    expect(bob.log).to_contain_text("[deleted by Alice]")
    expect(bob.log).not_to_contain_text("ninety nine")
    expect(alice.log).not_to_contain_text("ninety nine")
    for text in ("one hundred", "one hundred and one"):
        alice.says(text)
        bob.hears(text)
    for count in (2, 3):  # the last one, and then the one before
        alice.says("/delete")
        expect(bob.log.get_by_text("[deleted by Alice]")).to_have_count(count)
    bob.page.reload()

    expect(bob.log.get_by_text("[deleted by Alice]")).to_have_count(3)
    expect(bob.log).not_to_contain_text("hundred")


def test_conversations_and_the_box(visit: Visit, server: Server, connect: Connect) -> None:
    """A user reads and writes in several conversations, and then takes another name.

    In one of them, the server takes not all that they say.
    """
    teacher = with_room(connect, server)
    with_room(connect, server, "Lab", "Other")
    alice = sits_at(visit, server, "Alice").may_speak()

    _completion_and_recall(alice)
    _several_lines_and_code(alice)
    _a_long_paste(alice)
    _drafts(alice)
    for room in ("Lab", "CS350"):
        alice.conversation(room).click()
        alice.box.fill("")
    alice.says("/msg Teacher hello")
    _clicks_while_people_come(alice, teacher, lambda: connect(server.port, "Bob").asks("join", "CS350"))
    alice.conversation("Lab").click()
    expect(alice.page.get_by_role("heading", name="Lab")).to_be_visible()
    _counts(alice, teacher)
    _a_message_that_is_refused(alice, teacher)
    _other_names(alice, teacher)


def _completion_and_recall(alice: Seat) -> None:
    """`@Te` and Tab complete a name, `/to` a command, and Up recalls what was sent."""
    options = alice.page.get_by_role("listbox", name="Completions")
    expect(alice.people).to_contain_text("Teacher")
    alice.box.press_sequentially("hello @Te")
    expect(options.get_by_role("option", selected=True)).to_contain_text("@Teacher")
    alice.box.press("Tab")
    expect(alice.box).to_have_value(re.compile("^hello @Teacher ?$"))
    alice.box.press("Enter")
    alice.hears("hello @Teacher")
    alice.box.press_sequentially("/top")
    expect(options.get_by_role("option")).to_have_text(re.compile("/topic"))
    alice.box.press("Escape")
    expect(options).to_be_hidden()
    alice.box.fill("")
    alice.box.press("ArrowUp")
    expect(alice.box).to_have_value(re.compile("^hello @Teacher"))
    alice.box.fill("")


def _several_lines_and_code(alice: Seat) -> None:
    """Shift+Enter breaks the line; code and links look like it, and the link names its own address."""
    alice.box.press_sequentially("See https://example.org/a?b=c, or")
    alice.box.press("Shift+Enter")
    alice.box.press_sequentially("`len(x)`")
    alice.box.press("Enter")
    expect(alice.rows.last.locator("code")).to_have_text("len(x)")
    link = alice.rows.last.get_by_role("link", name="https://example.org/a?b=c")
    expect(link).to_have_attribute("href", "https://example.org/a?b=c")
    expect(link).to_have_attribute("rel", re.compile("noopener"))


def _a_long_paste(alice: Seat) -> None:
    """A paste over ten lines asks first."""
    paste = """([box, text]) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
    }"""
    alice.page.evaluate(paste, [alice.box.element_handle(), "\n".join(map(str, range(11)))])
    expect(alice.dialog()).to_contain_text("11 lines")
    alice.button("Paste").click()
    expect(alice.box).to_have_value("\n".join(map(str, range(11))))


def _drafts(alice: Seat) -> None:
    """Each conversation keeps what is written in its box."""
    alice.box.fill("for CS350")
    alice.button("Rooms").first.click()
    alice.dialog().get_by_role("button", name=re.compile("Lab")).click()
    expect(alice.box).to_be_focused()  # what comes next is to write there
    expect(alice.box).to_have_value("")
    alice.box.fill("for the lab")
    alice.conversation("CS350").click()
    expect(alice.box).to_have_value("for CS350")
    alice.conversation("Lab").click()
    expect(alice.box).to_have_value("for the lab")


def _clicks_while_people_come(alice: Seat, teacher: RawClient, bob_comes: Callable[[], None]) -> None:
    """A list may change while the user clicks on something in it: the click counts."""
    alice.conversation("CS350").click()
    expect(alice.page.get_by_role("heading", name="CS350")).to_be_visible()
    mouse = alice.page.mouse
    alice.people.get_by_role("button", name="Teacher").hover()
    mouse.down()
    bob_comes()
    expect(alice.people).to_contain_text("Bob")
    mouse.up()
    expect(alice.page.get_by_role("menu", name="Teacher")).to_be_visible()
    alice.page.keyboard.press("Escape")
    alice.conversation("Teacher").hover()
    mouse.down()
    teacher.asks("private", "Alice", "come to me now")
    expect(alice.conversation("Teacher")).to_contain_text("1 unread")
    mouse.up()
    alice.hears("come to me now")


def _counts(alice: Seat, teacher: RawClient) -> None:
    """A private message and a mention are counted in the list and in the title until they are read.

    Back in the room, its people are in view again.
    """
    teacher.asks("private", "Alice", "see me")
    teacher.asks("group", "CS350", "any questions, Alice?")
    expect(alice.conversation("Teacher")).to_contain_text("1 unread")
    expect(alice.conversation("CS350")).to_contain_text("1 unread, 1 mention")
    expect(alice.page).to_have_title(re.compile(r"^\(2\) "))
    alice.conversation("Teacher").click()
    alice.hears("see me")
    alice.conversation("CS350").click()
    expect(alice.page).to_have_title(re.compile("^CS350"))
    expect(alice.people).to_be_visible()


def _a_message_that_is_refused(alice: Seat, teacher: RawClient) -> None:
    """A message that the server refuses stays, says why, and can be sent again."""
    teacher.socket.sendall(b'{"status":"mute","receiver":"CS350","user":"Alice"}\n')
    expect(alice.log).to_contain_text("has muted Alice")
    alice.says("let me speak")
    expect(alice.rows.last).to_contain_text("Not sent:")
    expect(alice.alert.filter(has_text="Not sent: You are muted")).to_be_attached()
    expect(alice.page.locator(".told")).to_be_hidden()
    teacher.socket.sendall(b'{"status":"unmute","receiver":"CS350","user":"Alice"}\n')
    expect(alice.log).to_contain_text("has unmuted Alice")
    alice.button("Send again").click()
    expect(alice.log.get_by_text("Not sent:")).to_have_count(0)
    expect(alice.log.get_by_text("let me speak")).to_have_count(1)


def _other_names(alice: Seat, teacher: RawClient) -> None:
    """A user takes another name and comes back under it; a partner is found under their new one."""
    expect(alice.page.get_by_role("heading", name="CS350")).to_be_visible()
    own = alice.page.locator(".own")
    own.click()
    alice.chooses("Change your name")
    alice.dialog().get_by_label("Your name").fill("Anna")
    alice.dialog().get_by_role("button", name="Save").click()
    expect(own).to_contain_text("Anna")
    expect(alice.people.get_by_role("button", name="Anna")).to_be_visible()
    alice.says("/nick Annie")
    expect(own).to_contain_text("Annie")

    alice.says("/query Teacher hello again")
    expect(alice.log).to_contain_text("hello again")
    teacher.socket.sendall(b'{"status":"rename","text":"Tutor"}\n')
    expect(alice.page.get_by_role("heading", name="Tutor")).to_be_visible()
    expect(alice.log).to_contain_text("Teacher is now called Tutor")
    expect(alice.box).to_have_attribute("placeholder", re.compile("@Tutor"))
    alice.says("still you?")
    alice.page.reload()

    expect(own).to_contain_text("Annie")
    expect(alice.conversation("Tutor")).to_be_visible()
    heard = [teacher.hears()]
    while heard[-1]["text"] != "still you?":
        heard.append(teacher.hears())
    assert [("Alice", "Anna"), ("Anna", "Annie")] == [
        (one["user"], one["name"]) for one in heard if one.get("event") == "renamed"
    ]
    assert ("Annie", "Tutor", "still you?") in [
        (one["sender"], one["receiver"], one["text"]) for one in heard
    ]


@pytest.mark.parametrize(
    ("options", "script", "label", "calls"),
    [
        ({}, "", "Notify me", ["Teacher – CS350: Alice?"]),
        (PHONE, "", "Notify me", [80, 80, "Teacher – CS350: Alice?"]),
        (PHONE, NOT_SECURE, "Vibrate for messages to me", [80, 80]),
    ],
)
def test_calls(
    visit: Visit,
    server: Server,
    connect: Connect,
    options: dict[str, Any],
    script: str,
    label: str,
    calls: list[object],
) -> None:
    """A user who wants it is called for what is said to them: by notifications, phones by vibration."""
    teacher = with_room(connect, server)
    page = visit(server, "about:blank", **options)
    page.add_init_script(CALLED + script)
    page.goto(f"http://127.0.0.1:{server.port}/#CS350")
    alice = Seat(page).joins("Alice").may_speak()

    teacher.asks("group", "CS350", "Alice, the user wants no calls yet")
    alice.hears("no calls yet")
    if options:
        alice.button("Conversations").tap()
    page.get_by_title("Your menu").click()
    alice.chooses(label)
    teacher.asks("private", "Alice", "in another conversation")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    page.evaluate("window.isAway = true; window.dispatchEvent(new Event('blur'))")
    teacher.asks("group", "CS350", "Alice?")
    expect(page).to_have_title(re.compile(r"^\(2\) "))
    alice.waits_for(lambda: page.evaluate("window.called.length") >= len(calls))

    assert calls == page.evaluate("window.called")
