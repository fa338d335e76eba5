"""What moderators do with menus."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Connect, StartProcess
from tests.e2e.helpers import CLASSCHAT, Server
from tests.page.helpers import Visit
from tests.page.pupils import HORSE, Seat, registered, sits_at, with_room


def moderator(visit: Visit, server: Server) -> Seat:
    """Return a page whose user has created a room."""
    alice = sits_at(visit, server, "Alice")
    alice.button("Create CS350").click()
    expect(alice.people).to_contain_text("moderator")
    return alice


def test_moderation(visit: Visit, server: Server, connect: Connect, process: StartProcess) -> None:
    """Moderators have the menu of their room, and operators those of all rooms."""
    alice, bob = moderator(visit, server), sits_at(visit, server, "Bob", timezone_id="Asia/Kolkata")

    _the_menu_of_a_room(alice, bob)
    _a_user_who_is_too_loud(alice, bob)
    _the_menus_of_an_operator(visit, server, connect, process)


def _the_menu_of_a_room(alice: Seat, bob: Seat) -> None:
    """The menu sets the topic and who speaks, for moderators only; others leave with it, and come back.

    It has the one entry that changes who speaks, after a reload as well.
    """
    alice.button("Conversation menu").click()
    alice.chooses("Set the topic")
    alice.page.get_by_role("textbox", name="Topic").fill("Exam on Friday")
    alice.page.keyboard.press("Enter")
    expect(bob.page.get_by_role("main")).to_contain_text("Exam on Friday")
    bob.button("Conversation menu").click()
    expect(bob.page.get_by_role("menuitem", name="Leave the room")).to_be_visible()
    expect(bob.page.get_by_role("menuitem", name="Set the topic")).to_have_count(0)

    bob.chooses("Leave the room")
    expect(bob.people.get_by_role("button")).to_have_count(0)
    bob.button("Rooms").first.click()
    bob.dialog().get_by_role("button", name=re.compile("CS350")).click()
    expect(bob.people.get_by_role("button")).to_have_count(2)

    alice.button("Conversation menu").click()
    expect(alice.page.get_by_role("menuitem", name="Everyone speaks")).to_have_count(0)
    alice.chooses("Only moderators speak")
    expect(alice.log).to_contain_text("Alice has restricted speaking to moderators")
    alice.page.reload()
    expect(alice.people).to_contain_text("moderator")
    alice.button("Conversation menu").click()
    expect(alice.page.get_by_role("menuitem", name="Only moderators speak")).to_have_count(0)
    alice.chooses("Everyone speaks")
    expect(alice.log).to_contain_text("Alice has allowed everybody to speak")
    alice.button("Conversation menu").click()

    expect(alice.page.get_by_role("menuitem", name="Only moderators speak")).to_be_visible()
    alice.page.keyboard.press("Escape")


def _a_user_who_is_too_loud(alice: Seat, bob: Seat) -> None:
    """A user who is kicked may raise no hand and comes back with the room's menu; one who is banned may not.

    Each is told once, in the log, who did it and why, and until when, in the time of their own place.
    """
    main = bob.page.get_by_role("main")
    alice.says("/kick Bob too loud")
    expect(main.get_by_text("You have been kicked")).to_have_count(1)
    expect(bob.log).to_contain_text("You have been kicked")
    expect(main).to_contain_text("not a member")
    expect(bob.button("Raise hand")).to_be_hidden()
    bob.button("Conversation menu").click()
    bob.chooses("Join the room")
    expect(bob.button("Raise hand")).to_be_visible()
    expect(main).not_to_contain_text("not a member")

    alice.people.get_by_role("button", name="Bob").click()
    alice.chooses("Ban")
    alice.page.get_by_label("For how long").select_option("1 hour")
    alice.page.get_by_label("Reason").fill("still too loud")
    alice.dialog().get_by_role("button", name="Ban", exact=True).click()
    expect(alice.log).to_contain_text("Alice has banned Bob for 1 hour: still too loud")
    expect(main).to_contain_text(re.compile("banned.*by Alice: still too loud"))
    expect(alice.people.get_by_role("button")).to_have_count(1)
    expect(bob.log).to_contain_text("still too loud")
    hour = bob.page.evaluate(
        "new Intl.DateTimeFormat('en', {hour: '2-digit', hourCycle: 'h23'}).format(Date.now() + 3.6e6)"
    )

    expect(bob.log).to_contain_text(re.compile(rf"until (\w.*, )?{hour}:[0-9]{{2}}, by Alice"))
    expect(main).not_to_contain_text("UTC")


def _the_menus_of_an_operator(visit: Visit, server: Server, connect: Connect, process: StartProcess) -> None:
    """An operator has the entries of a moderator in every room."""
    teacher = with_room(connect, server, "Lab")
    registered(server, connect, "Olga").close()
    assert 0 == process(*CLASSCHAT, "admin", "operator", "add", "Olga").ends()
    olga = Seat(visit(server, "#Lab"))
    olga.button("Sign in with a password").click()
    olga.name.fill("Olga")
    olga.page.get_by_label("Password").fill(HORSE)
    olga.button("Sign in").click()

    olga.people.get_by_role("button", name="Teacher").click()
    olga.chooses("Remove as a moderator")
    expect(olga.log).to_contain_text("Olga has removed Teacher as a moderator")
    olga.button("Conversation menu").click()

    expect(olga.page.get_by_role("menuitem", name="Set the topic")).to_be_visible()
    teacher.close()
