"""A lesson in the page, from the first command to the end of its session."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.helpers import Server
from tests.page.class_parts import Look, buttons, card, panel, tab
from tests.page.helpers import PHONE, Accessible, Visit
from tests.page.pupils import Seat, sits_at


def test_a_lesson(visit: Visit, server: Server, axe: Accessible) -> None:
    """Staff open the panel by commands, and with it lead a session with hands, a poll and questions.

    Students take part from a phone and a desk, and all of them read the poll from the wall. No view of it
    violates a rule of accessibility.
    """
    bob = sits_at(visit, server, "Bob")
    bob.button("Create CS350").click()
    alice, carol = sits_at(visit, server, "Alice", **PHONE), sits_at(visit, server, "Carol")
    show = visit(server, "show#CS350")
    expect(show.get_by_text("2 people").or_(show.get_by_text("3 people"))).to_be_visible()
    look = Look(axe)
    _commands_open_the_panel(bob)
    _a_session_begins(bob)
    _hands(bob, alice, carol, look)
    _a_poll(bob, alice, carol, show, look)
    _questions_without_names(bob, alice, carol, look)
    _the_session_ends(bob)

    assert {} == look.found


def _commands_open_the_panel(bob: Seat) -> None:
    """`/queue` opens the panel at the hands, `/queue closed` closes the queue, and `/polls` shows polls."""
    bob.may_speak()
    bob.says("/queue closed")
    bob.says("/queue")
    expect(panel(bob)).to_contain_text("Hands are closed")
    bob.says("/polls")
    expect(panel(bob)).to_contain_text("No polls yet")


def _a_session_begins(bob: Seat) -> None:
    """What a lesson begins with stands first in its panel."""
    line = panel(bob).get_by_role("group", name="Session")
    line.get_by_role("button", name="Begin a session").click()
    bob.page.get_by_label("Title (optional)").fill("Week 3")
    bob.page.keyboard.press("Enter")
    expect(line).to_contain_text("Session 1: Week 3")
    bob.hears("Bob has begun session 1: Week 3")


def _hands(bob: Seat, alice: Seat, carol: Seat, look: Look) -> None:
    """Students raise hands and read their places; staff go to the first one, who can't miss it."""
    tab(bob, "Hands").click()
    panel(bob).get_by_role("button", name="Open the queue").click()
    expect(alice.button("Raise hand")).to_be_visible()
    panel(bob).get_by_role("button", name="Close the queue").click()
    expect(alice.button("Raise hand")).to_have_count(0)
    panel(bob).get_by_role("button", name="Open the queue").click()

    alice.button("Raise hand").tap()
    card(alice).get_by_label("What is it about?").fill("pointers")
    alice.page.keyboard.press("Enter")
    expect(buttons(alice).first).to_have_text("Hand: 1st of 1")
    expect(card(alice)).to_be_hidden()
    carol.button("Raise hand").click()
    card(carol).get_by_role("button", name="Raise hand").click()
    expect(buttons(carol).first).to_have_text("Hand: 2nd of 2")
    first = panel(bob).get_by_role("list", name="Hands").get_by_role("listitem").first
    expect(first).to_contain_text("pointers")
    expect(first).to_contain_text("first time today")
    look(raised=alice.page, queue=bob.page)

    panel(bob).get_by_role("button", name="Next student").click()
    expect(panel(bob)).to_contain_text("You are with Alice")
    expect(alice.page).to_have_title(re.compile("^Bob comes to you – "))
    expect(
        alice.page.get_by_role("main").get_by_text("Bob comes to you", exact=True).first
    ).to_be_in_viewport()
    expect(alice.alert.filter(has_text="Bob comes to you")).to_be_attached()
    expect(
        alice.page.get_by_role("main").get_by_text("Your hand is up: you are 1st", exact=True)
    ).to_be_hidden()
    expect(buttons(carol).first).to_have_text("Hand: 1st of 1")
    look(called=alice.page)
    panel(bob).get_by_role("button", name="Helped").click()
    expect(alice.page).to_have_title("CS350 – ClassChat")
    expect(alice.alert.filter(has_text="comes to you")).to_have_count(0)
    carol.page.reload()
    expect(buttons(carol).first).to_have_text("Hand: 1st of 1")


def _a_poll(bob: Seat, alice: Seat, carol: Seat, show: Page, look: Look) -> None:
    """Staff begin a poll, students vote and change their votes, and everybody reads the result as bars."""
    tab(bob, "Polls").click()
    panel(bob).get_by_label("Question", exact=True).fill("Which is stable?")
    panel(bob).get_by_label("Option 1").fill("quicksort")
    panel(bob).get_by_label("Option 2").fill("mergesort")
    panel(bob).get_by_label("Staff see who chose what").check()
    panel(bob).get_by_role("combobox", name="Time").select_option("1 hour")
    panel(bob).get_by_role("button", name="Begin the poll").click()

    for seat, option in ((alice, "quicksort"), (carol, "mergesort")):
        expect(card(seat)).to_contain_text("The staff see who chose what")
        card(seat).get_by_label(option).check()
    for seat, option, votes in (
        (alice, "quicksort", "1 vote so far"),
        (carol, "mergesort", "2 votes so far"),
    ):
        card(seat).get_by_role("button", name="Vote", exact=True).click()
        expect(card(seat)).to_contain_text(f"You voted for: {option}")
        expect(seat.page.locator("#polite")).to_contain_text("You have voted in poll")
        assert seat.page.locator(".told").is_hidden(), "the card says it"
        expect(panel(bob)).to_contain_text(votes)  # and what Carol has chosen stays chosen
    expect(show.get_by_role("heading", name="Which is stable?")).to_be_visible()
    card(alice).get_by_label("mergesort").check()
    card(alice).get_by_role("button", name="Change my vote").click()
    expect(card(alice)).to_contain_text("You voted for: mergesort")
    look(voted=alice.page, poll=bob.page, wall=show)
    panel(bob).get_by_role("button", name="End the poll").click()

    for page in (alice.page, show):
        expect(page.get_by_role("main").get_by_text("2 (100 %)").first).to_be_visible()
    expect(card(alice)).to_contain_text("your choice")
    expect(buttons(carol).filter(has_text="Vote")).to_have_count(1)
    carol.page.keyboard.press("Escape")
    panel(bob).get_by_text("Who chose what", exact=True).click()
    expect(panel(bob)).to_contain_text("Alice: mergesort")
    look(results=alice.page, bars=bob.page)
    alice.page.keyboard.press("Escape")


def _questions_without_names(bob: Seat, alice: Seat, carol: Seat, look: Look) -> None:
    """Students read who will see who asks, ask, and support; staff approve."""
    tab(bob, "Questions").click()
    panel(bob).get_by_label("Students may ask").select_option("approve")
    alice.button("Ask").tap()
    expect(card(alice)).to_contain_text("Nobody in the room sees who asks")
    expect(card(alice)).to_contain_text("The staff read a question before the room does")
    card(alice).get_by_label("Your question").fill("Why is quicksort quadratic?")
    card(alice).get_by_role("button", name="Ask the question").tap()
    expect(card(alice).get_by_role("listitem")).to_contain_text("waits for approval")
    expect(card(alice).get_by_label("Your question")).to_have_value("")

    question = panel(bob).get_by_role("listitem").filter(has_text="quadratic")
    expect(question).to_contain_text("Anonymous")
    question.get_by_role("button", name="Approve").click()
    expect(question).to_be_focused()  # and not the next button, which the same key would press
    carol.button("Ask · 1").click()
    card(carol).get_by_role("button", name="Support question 1").click()
    expect(
        card(carol).get_by_role("button", name="Support question 1, 1 supporter, you among them")
    ).to_be_visible()
    expect(card(alice)).to_contain_text("▲ 1")
    look(asked=alice.page, questions=bob.page)
    _an_answer(bob, alice, carol, look)


def _an_answer(bob: Seat, alice: Seat, carol: Seat, look: Look) -> None:
    """Staff answer a question, look up who asked it, and mute its author without knowing who it is."""
    question = panel(bob).get_by_role("listitem").filter(has_text="quadratic")
    question.get_by_role("button", name="Answer").click()
    bob.page.get_by_label("Answer (empty").fill("The pivot may be the least one")
    bob.page.keyboard.press("Enter")
    expect(card(carol)).to_contain_text("The pivot may be the least one")
    question.get_by_role("button", name="Who asked?").click()
    expect(bob.dialog()).to_contain_text("the student is told")
    bob.dialog().get_by_role("button", name="Who asked?").click()
    expect(bob.page.get_by_role("main")).to_contain_text("Alice")
    expect(card(alice)).to_contain_text("Bob looked up that you asked this")

    question.get_by_role("button", name="Mute the author").click()
    expect(bob.dialog()).to_contain_text("You do not learn who it is")
    look(mute=bob.page)
    bob.dialog().get_by_label("For how long").select_option("1 hour")
    bob.dialog().get_by_role("button", name="Mute the author").click()
    expect(bob.page.get_by_role("main")).to_contain_text(
        "The author of question 1 may not ask or support questions until"
    )
    card(alice).get_by_label("Your question").fill("And mergesort?")
    card(alice).get_by_role("button", name="Ask the question").tap()
    expect(alice.page.get_by_role("main")).to_contain_text("You are muted in room 'CS350' until")


def _the_session_ends(bob: Seat) -> None:
    """Ending a session asks once more."""
    line = panel(bob).get_by_role("group", name="Session")
    line.get_by_role("button", name="End the session").click()
    expect(bob.dialog()).to_contain_text("forgets who asked which question")
    bob.page.keyboard.press("Escape")
    expect(line).to_contain_text("Session 1: Week 3")
    line.get_by_role("button", name="End the session").click()
    bob.dialog().get_by_role("button", name="End the session").click()
    expect(line).to_contain_text("No session is under way")
