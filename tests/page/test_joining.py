"""From a link to the room: names, passwords, reloads and tabs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.e2e.conftest import Connect, StartProcess, StartServer
from tests.e2e.helpers import CLASSCHAT, Server
from tests.page.helpers import Visit
from tests.page.pupils import HORSE, Seat, registered, with_room


def test_joining_by_a_link(visit: Visit, server: Server, connect: Connect) -> None:
    """A link and a name are enough to be in the room, with the cursor in the box.

    After a reload the user is there again, with the draft and the messages, without a question. A copy of the
    tab leaves the first one signed in until the user says "Use it here".
    """
    teacher = with_room(connect, server)
    teacher.asks("group", "CS350", "welcome")
    alice = Seat(visit(server, "#CS350"))
    expect(alice.name).to_be_focused()
    expect(alice.page.get_by_role("heading", level=1)).to_have_text("Join CS350")
    alice.joins("Alice")
    expect(alice.page.get_by_role("heading", name="CS350")).to_be_visible()
    expect(alice.log).to_contain_text("welcome")
    expect(alice.people.get_by_role("button")).to_have_text([re.compile("^Teacher.*moderator"), "Alice"])

    alice.says("before")
    alice.hears("before")
    alice.box.fill("half a")
    alice.page.reload()
    expect(alice.log).to_contain_text("before")
    expect(alice.box).to_have_value("half a")
    expect(alice.people).to_contain_text("Alice")

    stored = alice.page.evaluate(
        "() => { dispatchEvent(new Event('pagehide')); return JSON.stringify(sessionStorage); }"
    )
    alice.page.context.add_init_script(
        f"if (location.origin !== 'null') Object.assign(sessionStorage, {stored})"
    )
    copy = Seat(alice.page.context.new_page())
    copy.page.goto("#CS350")
    expect(copy.page.get_by_role("heading", name="Alice is here already, in another tab")).to_be_visible()
    copy.button("Use it here").click()

    expect(copy.log).to_contain_text("before")
    expect(alice.button("Use it here")).to_be_visible()


def test_a_full_server(visit: Visit, serve: StartServer, connect: Connect) -> None:
    """Where the server has no place left, the form says so, and Join tries again at once."""
    server = serve("--port", "0", "--max-connections", "2")
    with_room(connect, server)
    bob = connect(server.port, "Bob")
    alice = Seat(visit(server, "#CS350"))

    alice.name.fill("Alice")
    alice.join.click()
    expect(alice.alert.filter(has_text="Too many connections")).to_be_visible()
    bob.asks("quit")
    bob.close()
    alice.join.click()

    expect(alice.people).to_contain_text("Alice")
    expect(alice.alert.filter(has_text="Offline")).to_have_count(0)


def test_a_page_that_is_not_encrypted(visit: Visit, serve: StartServer) -> None:
    """A page that came from another machine in plain text says so, and asks for no password."""
    server = serve("--port", "0", "--web-name", "chat.example")
    page = visit(server, "about:blank")

    def fetched(route: Route) -> None:
        url = route.request.url.replace("chat.example", f"127.0.0.1:{server.port}")
        route.fulfill(response=route.fetch(url=url, headers={"host": "chat.example"}))

    page.route("http://chat.example/**", fetched)
    page.goto("http://chat.example/#CS350")

    expect(page.get_by_text("This connection is not encrypted")).to_be_visible()
    expect(page.get_by_role("button")).to_have_text(["Join"])


def test_names_and_passwords(
    visit: Visit, server: Server, connect: Connect, process: StartProcess, tmp_path: Path
) -> None:
    """A user has a name that is free, and registers it; others sign in with a password or a join code."""
    alice = Seat(visit(server))

    name = _names_that_can_not_be_had(alice, server, connect)
    _a_room_and_a_name_of_ones_own(alice, name)
    _a_registered_name(visit, server, connect)
    _a_join_code(visit, server, process, tmp_path)


def _names_that_can_not_be_had(alice: Seat, server: Server, connect: Connect) -> str:
    """A name with spaces is refused with the rule, and can be changed.

    Where a name is taken, the form says so and suggests another one, which is not too long, and is returned.
    """
    long = "Wilhelmina-Featherstonehaugh-v"
    for name in ("Teacher", f"{long}o9"):
        connect(server.port, name)
    alice.name.fill("Alice in Wonderland")
    alice.join.click()
    expect(alice.alert.filter(has_text=re.compile("name", re.I))).to_be_visible()
    expect(alice.name).to_have_attribute("aria-invalid", "true")
    for name, other in (("Teacher", "Teacher2"), (f"{long}o9", f"{long}10")):
        alice.name.fill(name)
        alice.join.click()
        expect(alice.alert.filter(has_text="already taken")).to_be_visible()
        expect(alice.name).to_be_focused()
        expect(alice.button(f"Join as {other}")).to_be_visible()
    alice.button(f"Join as {long}10").click()

    expect(alice.page.get_by_text("You are not in a room yet")).to_be_visible()
    expect(alice.page.get_by_title("Your menu")).to_have_text(f"{long}10")
    return f"{long}10"


def _a_room_and_a_name_of_ones_own(alice: Seat, name: str) -> None:
    """A link to a room that nobody has created offers to create it; then the keys write to it.

    The user's own menu registers the name, and then changes the password.
    """
    alice.page.goto("#CS350")
    expect(alice.alert.filter(has_text="does not exist")).to_be_attached()
    expect(alice.button("Join CS350")).to_have_count(0)
    alice.button("Create CS350").click()
    expect(alice.page.locator(".told")).to_be_hidden()
    expect(alice.people.get_by_role("button")).to_have_text(re.compile(f"^{name}.*moderator"))
    expect(alice.page.locator("#message")).to_be_focused()

    own = alice.page.get_by_title("Your menu")
    dialog = alice.dialog()
    own.click()
    alice.chooses("Register your name")
    expect(dialog.locator("input[autocomplete=username]")).to_have_value(name)
    expect(dialog.get_by_label("New password").first).to_be_focused()
    alice.page.keyboard.type(HORSE)
    dialog.get_by_label("New password, again").fill(HORSE)
    alice.button("Save").click()
    expect(alice.page.get_by_text("registered").first).to_be_attached()
    own.click()
    alice.chooses("Change your password")

    expect(dialog.get_by_label("Present password")).to_be_focused()


def _a_registered_name(visit: Visit, server: Server, connect: Connect) -> None:
    """Where a name is registered, the form asks for its password, and says when it is wrong.

    Over TLS an account may stay signed in: a new tab needs no name.
    """
    registered(server, connect, "Alice").close()
    alice = Seat(visit(server, "#CS350", secure=True))
    alice.name.fill("Alice")
    alice.join.click()
    password = alice.page.get_by_label("Password")
    expect(password).to_be_focused()
    expect(alice.alert.filter(has_text="registered name")).to_be_visible()
    password.fill("wrong horse")
    alice.button("Sign in").click()
    expect(alice.alert.filter(has_text="Wrong name or password")).to_be_visible()
    alice.page.get_by_label("Stay signed in").check()
    password.fill(HORSE)
    password.press("Enter")
    expect(alice.people).to_contain_text("Alice")

    alice.waits_for(lambda: alice.page.evaluate("localStorage.length"))
    later = alice.page.context
    alice.page.close()
    alice = Seat(later.new_page())
    alice.page.goto("/")

    expect(alice.page.get_by_title("Your menu")).to_have_text("Alice")


def _a_join_code(visit: Visit, server: Server, process: StartProcess, tmp_path: Path) -> None:
    """The link of a join code fills in the code and a name; with a password the student has an account."""
    (tmp_path / "students.csv").write_text("name\nJane Doe\n", encoding="utf-8")
    assert 0 == process(*CLASSCHAT, "roster", "import", "students.csv").ends()
    invited = process(
        *CLASSCHAT, "roster", "invite", "-f", "json", "--url", f"http://127.0.0.1:{server.port}/"
    )
    assert 0 == invited.ends()
    student = json.loads(invited.out)
    jane = Seat(visit(server, f"#{student['link'].partition('#')[2]}"))

    expect(jane.name).to_have_value("Jane.Doe")
    expect(jane.page.get_by_label("Join code")).to_have_value(student["code"])
    expect(jane.page.get_by_text("The join code belongs to this name.")).to_be_visible()
    jane.page.get_by_label("Join code").fill("AAAA-AAAA-AAAA")
    jane.page.get_by_label("Password").fill(HORSE)
    jane.button("Register and join").click()
    expect(jane.page.get_by_label("Join code")).to_be_focused()
    jane.page.get_by_label("Join code").fill(student["code"])
    jane.button("Register and join").click()

    expect(jane.page.get_by_title("Your menu")).to_contain_text("Jane.Doe")
