"""A class in the page: what students do with their buttons, and staff in their panel."""

from __future__ import annotations

import re
import signal
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.e2e.conftest import Connect, StartServer
from tests.e2e.helpers import RawClient, Server
from tests.page.class_parts import Look, buttons, card, panel, tab, teaches
from tests.page.helpers import CONNECTION_LOST, PHONE, Accessible, Complaints, Visit, looks
from tests.page.pupils import Seat, sits_at, with_room

LOST = "ERR_CONNECTION|WebSocket"


def test_groups_and_an_exam(
    visit: Visit, serve: StartServer, axe: Accessible, complaints: Complaints
) -> None:
    """Staff make groups, and then give an exam. No view of it violates a rule of accessibility.

    Meanwhile the server is killed, and the hands of the students are up when it returns.
    """
    server = serve()
    bob = teaches(visit, server)
    alice, carol = sits_at(visit, server, "Alice"), sits_at(visit, server, "Carol")
    look = Look(axe)
    _groups(bob, alice, look)
    assert [] == complaints.unexpected
    complaints.expected += [CONNECTION_LOST, LOST]
    _a_hand_over_a_restart(bob, alice, carol, server, serve)
    _hands_are_lowered(bob, alice, carol)
    _an_exam(bob, alice, look)

    assert {} == look.found


def _groups(bob: Seat, alice: Seat, look: Look) -> None:
    """Staff make groups for a time; students are taken into theirs and back, and read how long it lasts."""
    tab(bob, "Groups").click()
    panel(bob).get_by_label("How many").fill("2")
    panel(bob).get_by_role("combobox", name="For how long").select_option("10 minutes")
    panel(bob).get_by_role("button", name="Make groups").click()
    groups = panel(bob).get_by_role("list", name="Groups").get_by_role("listitem")
    expect(groups).to_have_count(2)
    expect(panel(bob)).to_contain_text(re.compile(r"Groups are open · (10:00|9:\d\d) left"))
    own = alice.page.get_by_role("heading", name=re.compile(r"^CS350-\d$"))
    expect(own).to_be_visible()
    alice.conversation(re.compile("CS350$")).click()
    alice.button("Class").click()
    tab(alice, "Groups").click()
    expect(panel(alice)).to_contain_text("Your group: CS350-")
    look(group=alice.page, groups=bob.page)
    panel(alice).get_by_role("button", name="Go to the room").click()
    expect(own).to_be_visible()
    panel(bob).get_by_role("button", name="Close the groups").click()
    expect(groups).to_have_count(0)
    expect(alice.page.get_by_role("heading", name="CS350", exact=True)).to_be_visible()
    expect(alice.button("Raise hand")).to_be_visible()


def _an_exam(bob: Seat, alice: Seat, look: Look) -> None:
    """During an exam a student reads that only staff get what they write. A new assistant has the panel."""
    tab(bob, "Room").click()
    tops = bob.page.get_by_role("tab").evaluate_all("all => all.map((one) => one.offsetTop)")
    look(room=bob.page)
    panel(bob).get_by_label("What students may write").select_option("exam")
    expect(alice.button("Raise hand")).to_be_visible()
    panel(bob).get_by_role("button", name="Set").click()
    expect(alice.page.get_by_role("group", name="Class")).to_contain_text("goes to the staff only")
    alice.says("I can't read question 3")

    alice.hears("I can't read question 3")
    expect(bob.log).to_contain_text("I can't read question 3")
    expect(bob.page.get_by_role("group", name="Class")).to_contain_text("Exam")
    look(exam=alice.page)
    panel(bob).get_by_label("What students may write").select_option("talk")
    panel(bob).get_by_role("button", name="Set").click()
    expect(alice.page.get_by_role("group", name="Class")).not_to_contain_text("goes to the staff only")
    bob.says("/assist Alice")
    expect(alice.button("Raise hand")).to_be_hidden()
    alice.button("Class").click()
    expect(tab(alice, "Hands")).to_be_visible()
    assert [tops[0]] * 6 == tops  # in one line


def _a_hand_over_a_restart(bob: Seat, alice: Seat, carol: Seat, server: Server, serve: StartServer) -> None:
    """A hand that is raised while the server is down is up when it returns, behind the one before it."""
    tab(bob, "Hands").click()
    alice.button("Raise hand").click()
    card(alice).get_by_role("button", name="Raise hand").click()
    expect(buttons(alice)).to_have_text("Hand: 1st of 1")
    carol.button("Raise hand").click()
    expect(card(carol)).to_be_visible()
    server.signals(signal.SIGKILL)
    server.ends()
    expect(carol.page.get_by_role("main").get_by_text("Offline since")).to_be_visible()
    card(carol).get_by_role("button", name="Raise hand").click()
    serve("--port", str(server.port))

    expect(buttons(alice)).to_have_text("Hand: 1st of 2")
    expect(buttons(carol)).to_have_text("Hand: 2nd of 2")
    expect(panel(bob).get_by_role("list", name="Hands").get_by_role("listitem")).to_have_count(2)


def _hands_are_lowered(bob: Seat, alice: Seat, carol: Seat) -> None:
    """Staff help those who wait, one after the other."""
    for student in (alice, carol):
        panel(bob).get_by_role("button", name="Next student").click()
        panel(bob).get_by_role("button", name="Helped").click()
        expect(student.button("Raise hand")).to_be_visible()


def test_a_room_without_a_class(visit: Visit, server: Server, connect: Connect) -> None:
    """Where a class does nothing students may raise a hand, and the rest is loaded when they do.

    Everything is there once, if a class begins at the same moment.
    """
    teacher = with_room(connect, server)
    page = visit(server, "#CS350")
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    alice = Seat(page).joins("Alice")
    alice.says("Hello")
    alice.hears("Hello")

    expect(alice.button("Class")).to_be_hidden()
    assert [] == [url for url in loaded if "class" in url]
    alice.button("Raise hand").click()
    expect(card(alice).get_by_label("What is it about?")).to_be_focused()
    alice.page.keyboard.press("Escape")
    expect(buttons(alice)).to_be_focused()

    _a_click_while_a_class_begins(alice, teacher)
    teacher.close()


def _a_click_while_a_class_begins(alice: Seat, teacher: RawClient) -> None:
    """A user who raises a hand while a class is being loaded for another reason sees it once."""
    page = alice.page
    page.reload()  # so that nothing of a class is loaded any more
    alice.may_speak()
    waiting: list[Route] = []
    page.route("**/class.*.css", lambda route: waiting.append(route))
    alice.button("Raise hand").click()
    teacher.asks("session", "CS350", "begin")
    alice.hears("has begun session 1")
    alice.waits_for(lambda: waiting)
    for route in waiting:
        route.continue_()

    expect(card(alice).get_by_label("What is it about?")).to_be_focused()
    expect(page.get_by_role("group", name="Class")).to_have_count(1)


def behind_one_address(visit: Visit) -> Visit:
    """Return `visit` for pages that are told of others at the address of a student.

    The server says so itself only of other machines: on this one, a proxy may stand for many.
    """

    def told(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        more = '"seen":true,"same_address":["Carol","Dave"],"same_more":3'
        server.on_message(lambda lines: route.send(str(lines).replace('"seen":true', more)))

    def start(place: Server, path: str = "", **options: Any) -> Page:
        page = visit(place, path, **options)
        page.route_web_socket("**/ws", told)
        page.reload()
        return page

    return start


def test_attendance_by_a_link(visit: Visit, server: Server, axe: Accessible) -> None:
    """The code is in the panel, on a projector of the same browser, and in a link that fills the form."""
    bob = teaches(behind_one_address(visit), server)
    tab(bob, "Attendance").click()
    panel(bob).get_by_role("button", name="Take attendance").click()
    code = panel(bob).locator("p.code")
    expect(code).to_have_text(re.compile(r"^\w{5}$"))
    expect(panel(bob).get_by_role("img", name="QR code of the link")).to_be_visible()
    show = bob.page.context.new_page()
    show.goto("show#CS350")
    projected = show.get_by_role("main").locator("p.code")
    expect(projected).to_be_visible()
    bob.waits_for(lambda: projected.inner_text() == code.inner_text())
    found = {"staff": looks(axe, bob.page), "show": looks(axe, show)}

    entered = code.inner_text()  # it changes every half-minute; the one before is accepted
    alice = Seat(visit(server, f"#CS350/here={entered}", **PHONE))
    alice.name.fill("Alice")
    alice.name.press("Enter")
    expect(card(alice).get_by_label("Code")).to_have_value(entered)
    found["student"] = looks(axe, alice.page)
    card(alice).get_by_role("button", name="I am here").tap()
    expect(alice.page.get_by_role("main")).to_contain_text("You are marked as present")
    expect(card(alice)).to_be_hidden()
    expect(panel(bob)).to_contain_text("1 present by code")
    panel(bob).get_by_role("button", name="Show the roster").click()
    row = panel(bob).get_by_role("list", name="Roster").get_by_role("listitem").filter(has_text="Alice")
    expect(row).to_contain_text("code from the address of Carol, Dave and 3 more")
    listed = panel(bob).get_by_role("list", name="Roster").get_by_role("listitem")
    expect(listed).to_have_count(1)  # and no projector
    found["roster"] = looks(axe, bob.page)
    row.get_by_label("Attendance of Alice").select_option("late")
    alice.button("✓ Present").tap()
    expect(card(alice)).to_contain_text("The staff have marked you as: late")
    _the_panel_on_a_phone(bob, alice)
    bob.says("/create Lab")
    expect(bob.people).to_be_visible()  # in place of the panel, as this room has no class
    expect(bob.box).to_be_focused()

    assert {} == {view: broken for view, broken in found.items() if broken}


def _the_panel_on_a_phone(bob: Seat, alice: Seat) -> None:
    """On a phone the panel covers the room: everything to touch in it has 44 pixels, and Escape closes it."""
    alice.page.keyboard.press("Escape")
    bob.says("/op Alice")
    alice.button("Class").tap()
    small = []
    for name in ("Hands", "Questions", "Polls", "Attendance", "Groups", "Room"):
        tab(alice, name).tap()
        expect(tab(alice, name)).to_have_attribute("aria-selected", "true")
        small += (
            panel(alice)
            .locator("button, select, summary, a, input:not([type=checkbox])")
            .evaluate_all(
                "all => all.filter((one) => one.offsetWidth"
                " && Math.min(one.offsetWidth, one.offsetHeight) < 44)"
                ".map((one) => one.textContent || one.name)"
            )
        )
    alice.page.keyboard.press("ArrowRight")
    expect(tab(alice, "Hands")).to_be_focused()
    alice.page.keyboard.press("ArrowLeft")
    expect(tab(alice, "Room")).to_be_focused()
    alice.page.keyboard.press("Escape")

    expect(panel(alice)).to_have_count(0)
    expect(alice.button("Class")).to_be_focused()
    alice.says("Good morning")
    assert [] == small
