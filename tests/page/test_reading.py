"""The log: long, fast, scrolled, searched and linked to."""

from __future__ import annotations

import re
from itertools import islice

from playwright.sync_api import expect

from tests.e2e.conftest import Connect
from tests.e2e.helpers import RawClient, Server
from tests.page.helpers import Visit
from tests.page.pupils import Seat, history, sits_at, with_room
from tests.page.sharing import picture, shares

MOST_ROWS = 150


HOLDS = """
    const draw = requestAnimationFrame, held = [];
    window.requestAnimationFrame = (call) => (window.holds ? held.push(call) : draw(call));
    window.frame = () => {
        held.splice(0).forEach((call) => call(performance.now()));
        return document.querySelector(".log li:last-child .words").textContent;
    };
    window.draws = () => new Promise((drawn) => {
        const log = document.querySelector(".log ol");
        new MutationObserver(() => drawn(log.children.length)).observe(log, { childList: true });
        window.holds = false;
        held.splice(0).forEach((call) => draw(call));
    });
"""
"""Draws a frame only when the test asks for it, while `holds`; or all that was held, and then what comes."""


def test_messages_that_nobody_sees(visit: Visit, server: Server, connect: Connect) -> None:
    """Of many messages in one frame only those are drawn that fill the window, however high they are.

    Where no row of the last frame is in view any more, three frames are left out.
    """
    teacher = with_room(connect, server)
    page = visit(server, "about:blank")
    heard: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    page.add_init_script(HOLDS)
    page.goto(f"http://127.0.0.1:{server.port}/#CS350")
    alice = Seat(page).joins("Alice")

    def floods(text: str, count: int, lines: int = 1) -> None:
        for number in range(count):
            teacher.asks("group", "CS350", "\n".join(f"{text} {number}" for _ in range(lines)))
        while not any(f"{text} {count - 1}" in frame for frame in heard):
            page.evaluate("new Promise((done) => setTimeout(done))")

    floods("many lines", 1, lines=9)
    alice.hears("many lines 0")
    page.evaluate("window.holds = true")
    floods("high", 60, lines=9)
    assert page.evaluate("draws()") < 10
    alice.hears("high 59")

    teacher.asks("group", "CS350", "the first")
    alice.hears("the first")
    page.evaluate("window.holds = true")
    floods("flood", 100)
    while page.evaluate("frame()") != "flood 99":
        pass
    floods("more", 100)

    assert ["flood 99"] * 3 + ["more 99"] == [page.evaluate("frame()") for _ in range(4)]


def test_reading_older_messages(visit: Visit, server: Server, connect: Connect) -> None:
    """Older messages load while the reader scrolls up, and what arrives meanwhile moves nothing.

    A reader of older messages who hides a user stays there, and the user's messages vanish. Back at the end
    comes a burst.
    """
    teacher = with_room(connect, server)
    bob = connect(server.port, "Bob")
    bob.asks("join", "CS350")
    for text in ("early", "said by Bob"):
        (teacher if text == "early" else bob).asks("group", "CS350", text)
        while teacher.hears()["text"] != text:
            pass
    for _ in history(teacher, "CS350", 400):
        pass
    alice = sits_at(visit, server, "Alice")
    alice.hears("message 400")

    alice.scrolls_up_to("early")
    alice.log.evaluate("log => { log.scrollTop = 0; }")
    expect(alice.log.get_by_text("early", exact=True)).to_be_in_viewport()
    place = alice.top()
    for _ in islice(history(teacher, "CS350", 12), 12):
        pass
    expect(alice.button("12 new")).to_be_visible()
    assert place == alice.top()
    alice.page.set_viewport_size({"width": 900, "height": 500})
    assert alice.rows.count() == MOST_ROWS
    alice.button("12 new").click()
    expect(alice.rows.last).to_have_text(re.compile(r"message 12\b"))
    expect(alice.button("12 new")).to_be_hidden()

    alice.scrolls_up_to("early")
    alice.log.evaluate("log => { log.scrollTop = 0; }")
    expect(alice.log.get_by_text("early", exact=True)).to_be_in_viewport()
    alice.log.get_by_role("button", name="Bob").click()
    alice.chooses("Hide their messages")

    expect(alice.log.get_by_text("said by Bob")).to_have_count(0)
    expect(alice.log.get_by_text("early", exact=True)).to_be_in_viewport()
    expect(alice.button("Newest messages")).to_be_visible()

    _a_burst(alice, teacher)


def _a_burst(alice: Seat, teacher: RawClient) -> None:
    """New messages change the log, and nothing around it has to be painted for a reader at the end.

    Of 5,000 messages at once the newest is in view, and at most 150 rows stand in the page.
    """
    alice.button("Newest messages").click()
    expect(alice.rows.last).to_be_in_viewport()
    expect(alice.button("Newest messages")).to_be_hidden()
    alice.page.evaluate(
        """() => {
          window.changed = [];
          new MutationObserver((records) => {
            const around = records.filter(({ target }) => !target.closest(".log"));
            window.changed.push(...around.map(({ target }) => target.className));
          }).observe(document.getElementById("app"), { childList: true, subtree: true });
        }"""
    )
    for _ in history(teacher, "CS350", 300):
        pass
    alice.hears("message 300")
    changed = alice.page.evaluate("window.changed")

    for _ in history(teacher, "CS350", 5000):
        pass

    assert [] == changed
    expect(alice.rows.last).to_contain_text("message 5000")
    expect(alice.rows.last).to_be_in_viewport()
    assert alice.rows.count() <= MOST_ROWS


def test_leaving_the_end(visit: Visit, server: Server, connect: Connect) -> None:
    """A reader who scrolls up a little, in one step or more, is not thrown back to the end by a message.

    Where all rows fit into the window, so that there is nothing to scroll, older messages load as well.
    """
    teacher = with_room(connect, server)
    for _ in history(teacher, "CS350", 130):
        pass
    alice = sits_at(visit, server, "Alice")
    alice.hears("message 130")

    def scrolls() -> bool:
        alice.log.evaluate("log => { log.scrollTop -= 20; }")
        return alice.button("Newest messages").is_visible()

    alice.waits_for(scrolls)  # while earlier rows are still drawn, the end stays in view
    alice.log.evaluate(
        """log => new Promise((scrolled) => {
          log.addEventListener("scroll", () => scrolled(), { once: true });
          log.scrollTop -= 20;
        })"""
    )
    place = alice.top()
    teacher.asks("group", "CS350", "one more")
    expect(alice.button("1 new")).to_be_visible()

    assert place == alice.top()
    expect(alice.log.get_by_text("message 1", exact=True)).to_have_count(0)
    alice.page.set_viewport_size({"width": 1000, "height": 6000})
    expect(alice.log.get_by_text("message 1", exact=True)).to_be_in_viewport()


def test_links_to_messages(visit: Visit, server: Server, connect: Connect) -> None:
    """A link with a message's number leads to the message, loaded or not, or says that it is not there.

    A result of the search leads to the message, and a link to a message in another room joins that room.
    """
    teacher = with_room(connect, server)
    for room in ("CS350", "lab"):
        if room == "lab":
            teacher.asks("create", room)
        for _ in history(teacher, room, 300):
            pass
    alice = Seat(visit(server, "#CS350/7"))
    alice.name.fill("Alice")
    alice.name.press("Enter")
    message = alice.rows.filter(has_text=re.compile(r"message 7\b"))
    expect(message).to_be_in_viewport()
    expect(message).to_be_focused()

    alice.page.goto("#CS350/301")
    expect(alice.alert.filter(has_text="is not in the room")).to_be_attached()
    teacher.asks("group", "CS350", "message 301")
    expect(alice.button("1 new")).to_be_visible()

    expect(alice.rows.filter(has_text=re.compile(r"message 150\b"))).to_have_count(0)
    alice.button("Search").click()
    alice.page.get_by_role("searchbox").fill("message 150")
    alice.page.keyboard.press("Enter")
    alice.dialog().get_by_role("button", name=re.compile("message 150")).click()
    expect(alice.rows.filter(has_text=re.compile(r"message 150\b"))).to_be_focused()

    alice.page.evaluate("location.hash = '#lab/7'")
    expect(alice.conversation("lab")).to_be_visible()
    alice.hears("message 7")


def test_reading_along(visit: Visit, server: Server, connect: Connect) -> None:
    """Only new messages of others, of the conversation in view, are read out; never replays.

    The menu of a message copies its link; where there is no clipboard, it shows the link. A line stands above
    the first message that came while the reader was elsewhere.
    """
    teacher = with_room(connect, server)
    teacher.asks("group", "CS350", "old")
    alice = sits_at(visit, server, "Alice")
    alice.hears("old")
    polite = alice.page.locator("[aria-live=polite]")
    alice.says("mine")
    expect(alice.rows.last.get_by_role("link")).to_have_attribute("href", "#CS350/2")  # so the row is final
    teacher.asks("group", "CS350", "new")
    expect(polite).to_contain_text("Teacher: new")
    expect(polite).not_to_contain_text("old")
    expect(polite).not_to_contain_text("mine")
    expect(alice.log).to_have_attribute("aria-live", "off")

    alice.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    alice.rows.last.hover()
    alice.button("Message menu").click()
    alice.chooses("Copy link")
    expect(alice.dialog().get_by_role("textbox")).to_have_value(f"http://127.0.0.1:{server.port}/#CS350/3")
    alice.page.keyboard.press("Escape")

    alice.says("/msg Teacher hello")
    alice.says("/focus @Teacher")
    expect(alice.page.get_by_role("heading", name="Teacher")).to_be_visible()
    teacher.asks("group", "CS350", "not read")
    expect(alice.conversation("CS350")).to_contain_text("1 unread")
    alice.conversation("CS350").click()

    expect(alice.rows.last).to_have_text(re.compile("New messages.*not read"))


def test_the_projector(visit: Visit, server: Server, connect: Connect) -> None:
    """The projector's view shows messages, pictures, the link and its QR code, and asks for nothing.

    Its first frame shows everything that has arrived before it is drawn.
    """
    teacher = with_room(connect, server)
    teacher.asks("topic", "CS350", "a topic that is long " * 9)
    teacher.asks("group", "CS350", "look here")
    projector = Seat(visit(server))
    heard: list[str] = []
    projector.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame)))
    )
    projector.page.add_init_script(
        """
        const draw = requestAnimationFrame, held = [];
        window.requestAnimationFrame = (call) => held.push(call);
        window.draws = () => { window.requestAnimationFrame = draw; held.forEach((call) => draw(call)); };
        """
    )
    projector.page.goto("show#CS350")
    while not any("look here" in frame for frame in heard):
        projector.page.evaluate("new Promise((done) => setTimeout(done))")
    projector.page.evaluate("draws()")
    projector.hears("look here")
    expect(projector.page.get_by_role("heading", name="CS350")).to_be_visible()

    teacher.asks("group", "CS350", "and here")
    projector.hears("and here")
    shares(teacher, server, "CS350", "board.png", picture(80, 60))
    expect(projector.log.get_by_role("img", name="board.png")).to_be_in_viewport(ratio=1)
    expect(projector.page.get_by_role("complementary")).to_contain_text("a topic that is long")
    expect(projector.page.get_by_text(f"127.0.0.1:{server.port}/#CS350")).to_be_in_viewport(ratio=1)
    expect(projector.page.get_by_role("img", name="QR code of the link")).to_be_in_viewport(ratio=1)
