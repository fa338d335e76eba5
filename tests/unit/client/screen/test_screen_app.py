"""The client on a screen, with an editor and a server that the test plays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed
from twisted.internet.testing import MemoryReactorClock

from classchat.client.audience import Audience
from classchat.client.destination import Destination
from classchat.client.screen.colours import Colours, Pieces
from classchat.client.screen.look import Look
from classchat.client.screen.screen_app import ScreenApp
from classchat.messages import Error, Group, Private, RoomListing, Success, UserListing
from tests.unit.client.helpers import Server, welcome, world_of


class Editor:
    """An editor that records what is shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.asks = ""
        self.bells = 0
        self.cleared = 0
        self.hidden = False
        self.is_typing = False

    def show(self, text: str) -> None:
        """Remember it."""
        self.draw([("", text)])

    def draw(self, pieces: Pieces, indent: int = 4) -> None:
        """Remember it."""
        self.lines.append("".join(text for _, text in pieces))

    def prompt(self, text: str) -> None:
        """Remember it."""
        self.asks = text

    def hint(self, text: str) -> None:
        """Remember it."""
        self.lines.append(text)

    def bell(self) -> None:
        """Remember it."""
        self.bells += 1

    def clear(self) -> None:
        """Remember it."""
        self.cleared += 1

    def refresh(self) -> None:
        """Do nothing: nothing is drawn here."""

    def progress(self, text: str) -> None:
        """Do nothing: nothing is drawn here."""

    def hide(self, whether: bool) -> None:
        """Remember it."""
        self.hidden = whether

    def forget(self) -> None:
        """Do nothing: nothing waits here."""

    def pause(self) -> None:
        """Do nothing."""

    def resume(self) -> None:
        """Do nothing."""

    def throttle(self, producer: object) -> None:
        """Do nothing."""

    def unthrottle(self) -> None:
        """Do nothing."""

    def close(self) -> Deferred[None]:
        """Close at once."""
        return succeed(None)


OPTIONS = {
    "host": "127.0.0.1",
    "port": 5555,
    "name": "Alice",
    "retry": 300.0,
}


def screen_app(
    reactor: MemoryReactorClock, options: Mapping[str, Any], state: Path, bell: str = "mention"
) -> ScreenApp:
    """Return the client on a screen, which greets a user and shows nothing that was not asked for."""
    look = Look(Colours(many=True), rings=bell)
    audience = Audience(is_person=True, greets=True)
    return ScreenApp(world_of(reactor), Destination(options), audience, look, state)


class Alice:
    """Alice, signed in, with a screen."""

    def __init__(
        self,
        state: Path,
        server: str | None = "ClassChat 0.1",
        bell: str = "mention",
        shown: str = "Alice",
    ) -> None:
        self.reactor = MemoryReactorClock()
        self.editor = Editor()
        self.app = screen_app(self.reactor, OPTIONS, state, bell)
        self.app.begin(self.editor)
        self.server = Server(self.reactor.tcpClients[-1][2].buildProtocol(None))
        self.server.tells(welcome(shown, server))
        self.server.forgets()
        self.editor.lines.clear()

    def types(self, *lines: str) -> None:
        """Type lines."""
        for line in lines:
            self.app.typed(line)

    @property
    def hears(self) -> list[dict[str, Any]]:
        """The requests that the server has heard, without those to follow a class: test_following.py."""
        return [one for one in self.server.hears if not one.get("follow")]

    def asked(self) -> list[tuple[str, str, str]]:
        """Return the requests since the last time."""
        heard = [(one["status"], one.get("receiver", ""), one.get("text", "")) for one in self.hears]
        self.server.forgets()
        return heard

    def granted(self, text: str = "granted") -> None:
        """Grant the last request."""
        id = self.hears[-1].get("id")
        self.server.forgets()
        self.server.tells(Success("SERVER", "Alice", text, id=id))

    def refused(self, text: str = "refused") -> None:
        """Refuse the last request."""
        id = self.hears[-1].get("id")
        self.server.forgets()
        self.server.tells(Error("SERVER", "Alice", text, id=id))

    def sees(self) -> list[str]:
        """Return what was shown since the last time, without times."""
        lines = [line[6:] if line[2:3] == ":" else line for line in self.editor.lines]
        self.editor.lines.clear()
        return lines

    def joins(self, room: str) -> None:
        """Join a room."""
        self.types(f"/join {room}")
        self.granted(f"You have joined '{room}'")
        self.sees()


@pytest.fixture
def alice(tmp_path: Path) -> Alice:
    """Return Alice, who is signed in."""
    return Alice(tmp_path)


def test_plain_text_goes_where_the_prompt_says(alice: Alice) -> None:
    """A user who has joined a room talks there, and sees it."""
    alice.joins("CS350")
    alice.types("Hello", "//etc", "/me waves")

    assert "You → CS350: " == alice.editor.asks
    assert [("group", "CS350", text) for text in ("Hello", "/etc", "* Alice waves")] == alice.asked()


def test_plain_text_without_a_focus(alice: Alice) -> None:
    """Without a focus a text is not sent, and the sentence says what to do."""
    alice.types("Hello")

    assert [] == alice.asked()
    assert [
        "[ERROR] Not sent: you are in no room. /join ROOM or /msg NAME TEXT",
        "[CLIENT] Not sent: Hello",
    ] == alice.sees()


def test_text_waits_for_the_room(alice: Alice) -> None:
    """Text typed after `/join` waits until the answer has arrived."""
    alice.joins("CS350")
    alice.types("/join CS351", "for CS351", "/focus CS350", "for CS350")
    before = alice.hears
    alice.granted()

    assert ["join"] == [request["status"] for request in before]
    assert [("group", "CS351", "for CS351"), ("group", "CS350", "for CS350")] == alice.asked()


def test_text_for_a_room_that_does_not_let_us_in(alice: Alice) -> None:
    """After a refused `/join` it is given back, and does not go to the room before."""
    alice.joins("CS350")
    alice.types("/join CS351", "for CS351", "/focus", "for nobody")
    alice.refused("Chat room 'CS351' does not exist")
    seen = alice.sees()

    assert [] == alice.asked()
    assert "[CLIENT] Not sent: for CS351" in seen
    assert "You: " == alice.editor.asks


def test_pending(alice: Alice) -> None:
    """A message stands below until the server confirms it, and then in the conversation."""
    alice.joins("CS350")
    alice.types("/msg Bob psst")
    before = alice.app.pending(), alice.sees()
    alice.granted()

    assert (["[Private to Bob] psst"], []) == before
    assert ([], ["[Private to Bob] psst"]) == (alice.app.pending(), alice.sees())


def test_not_sent(alice: Alice) -> None:
    """A refused message is marked as not sent, after the reason."""
    alice.types("/msg Bob psst")
    alice.refused("User 'Bob' not found or offline")

    assert [] == alice.app.pending()
    assert [
        "[ERROR] User 'Bob' not found or offline",
        "[CLIENT] Not sent: /private Bob psst",
    ] == alice.sees()


def test_reply(alice: Alice) -> None:
    """`/reply` answers the last private message; without one it is refused."""
    alice.types("/reply Yes")
    before = alice.sees()
    alice.server.tells(Private("Bob", "Alice", "Coming?"), Group("Carol", "CS350", "Hello"))
    alice.types("/r Yes")

    assert ["[ERROR] No private message to reply to yet", "[CLIENT] Not sent: /reply Yes"] == before
    assert [("private", "Bob", "Yes")] == alice.asked()


def test_ignoring(alice: Alice, tmp_path: Path) -> None:
    """Messages of ignored users are hidden, also after the next start; /ignore lists the users."""
    alice.types("/ignore Bob")
    alice.server.tells(Private("bob", "Alice", "x"), Private("Carol", "Alice", "y"))
    first = alice.sees()
    again = Alice(tmp_path)
    again.types("/ignore")
    again.types("/unignore bob", "/ignore")

    assert [
        "You: /ignore Bob",
        "[CLIENT] Ignoring Bob. To stop: /unignore Bob",
        "[Private from Carol] y",
    ] == first
    assert ["You: /ignore", "[CLIENT] Ignored users: Bob"] == again.sees()[:2]
    assert [] == list(Alice(tmp_path).app._screen.ignored)


def test_focus(alice: Alice) -> None:
    """`/focus` takes a known name, or any name with `@`."""
    alice.server.tells(Success("SERVER", "Alice", "x", users=[UserListing("Bob")]))
    alice.types("/focus Bobb")
    refusal = alice.sees()[-1]
    alice.types("/focus bob")
    known = alice.editor.asks
    alice.types("/focus @Bobb")

    assert "[ERROR] No room or user 'Bobb'. To write anyway: /focus @Bobb" == refusal
    assert ("You → @Bob: ", "You → @Bobb: ") == (known, alice.editor.asks)


@pytest.mark.parametrize(("bell", "rings"), [("off", 0), ("mention", 2), ("all", 3)])
def test_bell(tmp_path: Path, bell: str, rings: int) -> None:
    """The bell rings for mentions and private messages, for everything, or never; never for own messages."""
    alice = Alice(tmp_path, bell=bell)
    alice.server.tells(
        Group("Bob", "CS350", "Hello"),
        Group("Bob", "CS350", "Hello alice"),
        Private("Bob", "Alice", "Hello"),
        Group("Alice", "CS350", "I am Alice"),
        Group("Bob", "CS350", "Alice, of yesterday", replay=True),
    )

    assert rings == alice.editor.bells


def test_toolbar_and_keys(alice: Alice) -> None:
    """The line at the bottom shows unread counts; keys go there by number or one after the other."""
    alice.joins("CS350")
    alice.joins("CS351")
    alice.server.tells(Group("Bob", "CS350", "Alice?"), Private("Bob", "Alice", "Hi"))
    bottom = alice.app.toolbar()
    prompts = []
    for go in (lambda: alice.app.goes_on(1), lambda: alice.app.goes_to(1), lambda: alice.app.goes_to(9)):
        go()
        prompts.append(alice.editor.asks)

    assert "127.0.0.1:5555 · Alice · → CS351 · 1:CS350 1! · 3:@Bob 1! · connected" == bottom
    assert ["You → @Bob: ", "You → CS350: ", "You → CS350: "] == prompts
    assert "127.0.0.1:5555 · Alice · → CS350 · connected" == alice.app.toolbar()


@pytest.mark.parametrize(("shown", "me"), [("Ａｌｉｃｅ", "Ａｌｉｃｅ"), ("Eve", "Alice")])
def test_who_one_is(tmp_path: Path, shown: str, me: str) -> None:
    """The user's name is shown in the server's spelling, unless the welcome is for another user."""
    alice = Alice(tmp_path, shown=shown)

    assert f"127.0.0.1:5555 · {me} · no room · connected" == alice.app.toolbar()


def test_rooms_and_people_have_names_of_two_kinds(alice: Alice) -> None:
    """`STRASSE` is the room `Straße`, but not the user of that name."""
    alice.joins("Straße")
    alice.server.tells(Group("Bob", "STRASSE", "x"), Private("Straße", "Alice", "x"))
    alice.server.tells(Private("STRASSE", "Alice", "x"))
    bottom = alice.app.toolbar()

    assert "127.0.0.1:5555 · Alice · → Straße · 2:@Straße 1! · 3:@STRASSE 1! · connected" == bottom


@pytest.mark.parametrize(
    ("typed", "secret"),
    [
        ("/private Bob x", True),
        (" /MSG Bob x", True),
        ("/r x", True),
        ("/privat Bob x", True),
        ("/join CS350", False),
        ("//x", False),
        ("x", False),
    ],
)
def test_what_is_kept_between_runs(alice: Alice, typed: str, secret: bool) -> None:
    """Lines for one user are not kept on disk."""
    alice.joins("CS350")
    in_room = alice.app.is_secret(typed)
    alice.types("/focus @Bob")

    assert (secret, True) == (in_room, alice.app.is_secret("plain"))


def test_tab_asks_for_what_is_new(alice: Alice) -> None:
    """Completion learns new names from the server, which is asked seldom and silently."""
    before = [list(alice.app.candidates("/join ")), alice.asked()]
    alice.reactor.advance(5)
    during = [list(alice.app.candidates("/join ")), list(alice.app.candidates("/join "))]
    alice.server.tells(
        *(
            Success("SERVER", "Alice", "", id=request["id"], users=[], rooms=[RoomListing("New", 1)])
            for request in alice.hears
        )
    )

    assert [[], []] == before == during
    assert [("users", "", ""), ("rooms", "", "")] == alice.asked()
    assert ["New"] == [candidate.text for candidate in alice.app.candidates("/join ")]
    assert [] == alice.sees()


def test_spelling_of_who_is_told(alice: Alice) -> None:
    """The receiver of a private message is shown in the known spelling."""
    alice.server.tells(Group("Bob", "CS350", "Hello"))
    alice.sees()
    alice.types("/msg bob psst")
    alice.granted()

    assert ["[Private to Bob] psst"] == alice.sees()


def test_lines_that_are_found_again(alice: Alice) -> None:
    """A recalled private line names its receiver, so that it goes to no room."""
    lines = ["psst", "/me waves", "//etc", "/r yes", "/rooms", "/private"]
    alice.joins("CS350")
    alice.server.tells(Private("Carol", "Alice", "Psst"))
    in_room = [alice.app.remembered(line) for line in lines]
    alice.types("/focus @Bob")
    with_bob = [alice.app.remembered(line) for line in lines]

    assert ["psst", "/me waves", "//etc", "/private Carol yes", "/rooms", "/private"] == in_room
    assert [
        "/private Bob psst",
        "/private Bob * Alice waves",
        "/private Bob /etc",
        "/private Carol yes",
        "/rooms",
        "/private",
    ] == with_bob


def test_typing_while_the_connection_is_lost(alice: Alice) -> None:
    """A pasted text is one quiet line, and pending until it is confirmed."""
    alice.joins("CS350")
    alice.server.hangs_up()
    alice.types("still here?")

    assert ["[CLIENT] Connection lost: reconnecting to 127.0.0.1:5555"] == alice.sees()
    assert ["[CS350 - Alice] still here?"] == alice.app.pending()
    assert alice.app.toolbar().endswith("reconnecting")


def test_first_version(tmp_path: Path) -> None:
    """With a server of the first version the focus follows from its sentences."""
    alice = Alice(tmp_path, server=None)
    alice.types("/join CS350")
    alice.server.tells(Success("SERVER", "Alice", "You have joined 'CS350'"))
    alice.types("Hello")
    alice.reactor.advance(1)

    assert "You → CS350: " == alice.editor.asks
    assert ("group", "CS350", "Hello") == alice.asked()[-1]


def test_help_and_clear(alice: Alice) -> None:
    """`/help` lists everything, `/help COMMAND` explains one; `/clear` clears the screen."""
    alice.types("/help")
    everything = alice.sees()[-1]
    alice.types("/help msg", "/clear")

    assert all(name in everything for name in ("/focus", "/reply", "/ignore", "/quit"))
    assert any("<message>  - Send private message (also /msg, " in line for line in alice.sees())
    assert 1 == alice.editor.cleared


def test_unknown_command(alice: Alice) -> None:
    """An unknown command is not sent."""
    alice.joins("CS350")
    alice.types("/dance", "/jion x")
    told = alice.sees()

    assert [] == alice.asked()
    assert ["You → CS350: /dance", "You → CS350: /jion x"] == told[::2]
    assert 2 == sum(line.startswith("[ERROR] Unknown command") for line in told)


@pytest.mark.parametrize("line", ["/claim horse", "/password horse", "/clam horse", "/pasword horse"])
def test_a_password_behind_a_command(alice: Alice, line: str) -> None:
    """A line that may hold a password is not shown again."""
    alice.types(line)

    assert "horse" not in "".join(alice.sees())


def test_text_that_no_line_holds(alice: Alice) -> None:
    """A line that is too long is refused at once, and not sent."""
    alice.joins("CS350")
    alice.types("愛" * 30_000)

    assert [] == alice.asked()
    assert [] == alice.app.pending()
    assert [
        "[ERROR] Not sent: the message is too long (at most 65536 bytes)",
        f"[CLIENT] Not sent: {'愛' * 10_000}",
    ] == alice.sees()


def test_what_waits_is_seen(alice: Alice) -> None:
    """Text typed after `/join` is shown dimmed above the prompt, too."""
    alice.types("/join CS350", "Hello\nall", "/me waves")

    assert ["Hello\n    all", "waves"] == alice.app.pending()


def test_joining_where_one_is(alice: Alice) -> None:
    """A second `/join` is refused, but the room gets the focus, as intended."""
    alice.joins("CS350")
    alice.joins("CS351")
    alice.types("/join cs350", "Hello")
    id = alice.hears[-1]["id"]
    alice.server.forgets()
    alice.server.tells(Error("SERVER", "Alice", "Already a member", id=id, code="already_member"))

    assert "You → CS350: " == alice.editor.asks
    assert [("group", "CS350", "Hello")] == alice.asked()
    assert "[ERROR] Already a member" in alice.sees()


def test_history_is_of_the_focus(alice: Alice) -> None:
    """`/history` alone is about the focus; without one, about the last receiver."""
    alice.joins("CS350")
    alice.types("/msg Bob Hi", "/history", "/focus", "/history")

    assert [("history", "CS350", ""), ("history", "Bob", "")] == alice.asked()[1:]


def test_leaving_while_something_waits(alice: Alice) -> None:
    """On leaving, waiting lines are shown as not sent."""
    alice.types("/join CS350", "Hello", "/focus", "for nobody")
    alice.sees()
    alice.app.leaves()

    assert ["[CLIENT] Not sent: Hello", "[CLIENT] Not sent: for nobody"] == alice.sees()
    assert [] == alice.app.pending()


def test_room_that_is_gone_when_one_comes_back(alice: Alice) -> None:
    """After leaving a room the prompt shows that nothing has the focus."""
    alice.joins("CS350")
    alice.server.hangs_up()
    alice.reactor.advance(1)
    server = Server(alice.reactor.tcpClients[-1][2].buildProtocol(None))
    server.tells(welcome())
    rejoin = next(one for one in server.hears if one["status"] == "join")
    server.tells(Error("SERVER", "Alice", "Chat room 'CS350' does not exist", id=rejoin["id"]))

    assert "You: " == alice.editor.asks
    assert "no room" in alice.app.toolbar()
    assert "[CLIENT] You are no longer in CS350: Chat room 'CS350' does not exist" in alice.sees()


def test_times_before_our_own_lines(alice: Alice) -> None:
    """The client's own lines stand among the others, with a time."""
    alice.types("/jion")

    assert re.fullmatch(r"\d\d:\d\d \[ERROR\] Unknown command .*", alice.editor.lines[-1])


def test_nobody_ignores_himself(alice: Alice) -> None:
    """The user's own name can't be ignored."""
    alice.types("/ignore aLICE")
    alice.server.tells(Group("Alice", "CS350", "Hello"))

    assert [
        "[ERROR] You can't ignore yourself",
        "[CS350 - Alice] Hello",
    ] == alice.sees()[1:]


def test_much_that_is_unread(alice: Alice) -> None:
    """The line at the bottom does not grow without bound."""
    alice.server.tells(*(Private(f"User{number}", "Alice", "Hi") for number in range(300)))

    assert alice.app.toolbar().endswith("9:@User8 1! · 291 more · connected")


def test_tab_before_one_is_signed_in(tmp_path: Path) -> None:
    """Before signing in nothing is completed, and answers are shown, but not kept."""
    app = screen_app(MemoryReactorClock(), {**OPTIONS, "name": None}, tmp_path)
    editor = Editor()
    app.begin(editor)
    before = app.toolbar()
    app.typed("Alice")

    assert "Not connected · Ctrl+C leaves" == before
    assert (["Enter your username: Alice"], []) == (editor.lines, list(app.candidates("/")))
    assert app.is_secret("Alice")


def test_tab(alice: Alice) -> None:
    """After signing in the conversation counts as one."""
    assert ["/create"] == [candidate.text for candidate in alice.app.candidates("/cr")]


def test_quit(alice: Alice) -> None:
    """`/quit` leaves with exit code 0."""
    alice.types("/quit")

    assert 0 == alice.app.exit_code


def test_crash(alice: Alice) -> None:
    """A failed editor ends the client with exit code 1."""
    alice.app.crashed()

    assert 1 == alice.app.exit_code


def test_history(alice: Alice) -> None:
    """`/history` and `/search` are sent."""
    alice.types("/history Bob 5", "/search exercise")

    assert [("history", "Bob", ""), ("search", "", "exercise")] == alice.asked()


def test_much_that_waits(alice: Alice) -> None:
    """The number of waiting lines is bounded, and one too many is refused."""
    alice.types("/join CS350", *("x" for _ in range(257)))

    assert [
        "[ERROR] Not sent: 256 lines are waiting for the server's answer. Try again later",
        "[CLIENT] Not sent: x",
    ] == alice.sees()[1:]


def test_what_waited_can_fail(alice: Alice) -> None:
    """A waiting line that turns out to be wrong is refused when its turn comes."""
    alice.types("/join CS350", "/focus Nobody")
    alice.granted()

    assert "[ERROR] No room or user 'Nobody'. To write anyway: /focus @Nobody" in (alice.sees())


def test_focus_on_a_room_one_is_not_in(alice: Alice) -> None:
    """`/focus` on a room that the user is not in says to join it."""
    alice.server.tells(Group("SERVER", "CS350", "Bob has joined the chat room"))
    alice.types("/focus CS350")

    assert "[ERROR] You are not in 'CS350': /join CS350 first" in alice.sees()


def test_what_can_not_be_kept(alice: Alice, tmp_path: Path) -> None:
    """If ignored users can't be saved, that is said, and the user is ignored all the same."""
    (tmp_path / "ignored").mkdir()
    alice.types("/ignore Bob")
    told = alice.sees()[-1]
    alice.server.tells(Private("Bob", "Alice", "Hi"))

    assert told.startswith("[CLIENT] Ignoring Bob. To stop: /unignore Bob (not saved: ")
    assert [] == alice.sees()


def test_nothing_moves_while_it_is_not_known_where(alice: Alice) -> None:
    """While a `/join` is open no key changes where later text goes."""
    alice.server.tells(Private("Bob", "Alice", "Hi"))
    alice.types("/join CS350")
    alice.app.goes_to(1)
    alice.app.goes_on(1)

    assert "You: " == alice.editor.asks


def test_server_with_a_new_journal(alice: Alice) -> None:
    """A request with an unknown outcome is shown, and no longer pending."""
    alice.server.hangs_up()
    alice.reactor.advance(15)
    server = Server(alice.reactor.tcpClients[-1][2].buildProtocol(None))
    server.tells(replace(welcome(), epoch="one"))
    ping = next(one for one in server.hears if one["status"] == "ping")
    server.tells(Success("SERVER", "Alice", "pong", id=ping["id"]))
    alice.types("/msg Bob Hi", "/create CS350")
    server.hangs_up()
    alice.reactor.advance(15)
    alice.sees()
    server = Server(alice.reactor.tcpClients[-1][2].buildProtocol(None))
    server.tells(replace(welcome(), epoch="two"))
    ping = next(one for one in server.hears if one["status"] == "ping")
    server.tells(Success("SERVER", "Alice", "pong", id=ping["id"]))
    create = next(one for one in server.hears if one["status"] == "create")
    server.tells(Error("SERVER", "Alice", "Too many rooms", id=create["id"], code="too_many"))
    seen = alice.sees()

    assert [] == alice.app.pending()
    assert "[CLIENT] Not confirmed: /private Bob Hi" in seen
    assert ["[ERROR] Too many rooms", "[CLIENT] Not sent: /create CS350"] == seen[-2:]


@pytest.mark.parametrize("time", ["", "yesterday", "9999-12-31T23:59:59Z", "2026-11-23"])
def test_times_that_are_none(alice: Alice, time: str) -> None:
    """A message with an invalid time is shown with the client's time."""
    alice.server.tells(Private("Bob", "Alice", "Hi", time=time))

    assert ["[Private from Bob] Hi"] == alice.sees()


def test_names_are_fetched_quietly(alice: Alice) -> None:
    """Requests for completion are silent, even if they fail."""
    alice.server.tells(Success("SERVER", "Alice", "Users online: Bob", id="1", users=[UserListing("Bob")]))
    offered = [candidate.text for candidate in alice.app.candidates("@")]
    alice.types("/quit")
    alice.app.wind_up()
    alice.server.hangs_up()

    assert ["@Bob"] == offered
    assert ["[CLIENT] Disconnected from server"] == alice.sees()[1:]


PUT_OUT = Error("SERVER", "Alice", "You have been kicked from room 'CS350'", code="kicked", room="cs350")


def test_orders_are_about_the_room_one_talks_in(alice: Alice) -> None:
    """A room that is not named is the focus; with a focus on a user, the room has to be named."""
    alice.joins("CS350")
    alice.server.forgets()
    alice.types("/kick Bob", "/topic Exam", "/room Other private", "/focus @Bob", "/close")

    expected = [("kick", "CS350", ""), ("topic", "CS350", "Exam"), ("room", "Other", "private")]
    assert expected == alice.asked()
    assert "[ERROR] Which room? Usage: /close <room>" == alice.sees()[-1]


def test_orders_wait_until_one_is_in_the_room(alice: Alice) -> None:
    """A command after `/join` is about the joined room."""
    alice.types("/join CS350", "/topic Exam")
    before = [request["status"] for request in alice.hears]
    alice.granted()

    assert (["join"], [("topic", "CS350", "Exam")]) == (before, alice.asked())


def test_who_is_put_out_talks_there_no_more(alice: Alice) -> None:
    """A user who is removed from a room sees it, and the room loses the focus."""
    alice.joins("CS350")
    alice.server.forgets()
    alice.server.tells(PUT_OUT)
    alice.types("Hello")

    assert ("You: ", []) == (alice.editor.asks, alice.asked())
    assert "[ERROR] You have been kicked from room 'CS350'" == alice.sees()[0]


# Registered names.


def signs_in_with_password(alice: Alice) -> None:
    """Cut Alice's connection, so that reconnecting needs the password."""
    alice.server.hangs_up()
    alice.reactor.advance(1)
    alice.server = Server(alice.reactor.tcpClients[-1][2].buildProtocol(None))
    alice.server.tells(Error("SERVER", "Alice", "It takes a password", code="password_required"))
    alice.server.hangs_up()


def test_claiming_is_asked_below(alice: Alice) -> None:
    """/claim asks for a password unseen; nothing of it is drawn, offered, or kept."""
    alice.types("/claim")
    hidden, asks = alice.editor.hidden, alice.editor.asks
    offered, secret = list(alice.app.candidates("/cl")), alice.app.is_secret("correct horse")
    alice.types("correct horse", "correct horse")

    assert (True, "Your new password: ", [], True) == (hidden, asks, offered, secret)
    assert ["You: /claim", "Your new password: ", "Your new password again: "] == alice.sees()
    assert (False, "You: ") == (alice.editor.hidden, alice.editor.asks)
    assert [("claim", "", "correct horse")] == alice.asked()


def test_another_password_is_asked_below(alice: Alice) -> None:
    """/password asks three times, and an answer to another request does not change the question."""
    alice.types("/claim", "new horse", "new horse")
    alice.granted()
    alice.types("/join CS350", "/password")
    alice.server.tells(Success("SERVER", "Alice", "You have joined 'CS350'", id=alice.hears[0]["id"]))
    asks = alice.editor.asks
    alice.types("old horse", "new horse", "new horse")

    assert ("Your password: ", "You → CS350: ") == (asks, alice.editor.asks)
    assert ("password", "", "new horse") == alice.asked()[-1]


def test_password_on_the_way_back(alice: Alice) -> None:
    """A password that is needed for reconnecting is asked for, and the focus stays."""
    alice.joins("CS350")
    signs_in_with_password(alice)
    asks = alice.editor.asks
    alice.types("correct horse")
    alice.reactor.advance(0.1)
    server = Server(alice.reactor.tcpClients[-1][2].buildProtocol(None))
    said, hidden = server.texts, alice.editor.hidden
    server.tells(welcome())
    server.tells(Success("SERVER", "Alice", "pong", id=server.hears[-1]["id"]))

    assert (["correct horse"], True) == (said, hidden)
    assert ("Password for Alice: ", "You → CS350: ") == (asks, alice.editor.asks)
    assert not alice.editor.hidden
    assert "Password for Alice: " in alice.sees()


def test_rooms_that_the_welcome_names(alice: Alice) -> None:
    """Rooms of an account, also those joined with another device, are known; the focus stays.

    The client asks again who is there and what classes do. The user has not typed that, so it is not counted.
    """
    alice.joins("CS350")
    alice.server.hangs_up()
    alice.reactor.advance(1)
    alice.server = Server(alice.reactor.tcpClients[-1][2].buildProtocol(None))
    rooms = [RoomListing("CS350", 1, 0), RoomListing("lab1", 1, 0)]
    alice.server.tells(Success("SERVER", "Alice", "Welcome", server="ClassChat 0.1", rooms=rooms))
    alice.server.tells(Success("SERVER", "Alice", "pong", id=alice.hears[-1]["id"]))
    asks = alice.editor.asks
    alice.types("/focus lab1")

    assert ("You → CS350: ", "You → lab1: ") == (asks, alice.editor.asks)
    back = "[CLIENT] Reconnected to 127.0.0.1:5555: back in CS350, lab1"
    assert back in alice.sees()


def test_rooms_of_another_device(alice: Alice) -> None:
    """Joins and leaves of another device are recorded, and do not change the focus."""
    alice.joins("CS350")
    alice.server.tells(Group("SERVER", "lab1", "Alice has joined the chat room"))
    first = alice.editor.asks
    alice.types("/focus lab1")
    alice.server.tells(Group("SERVER", "lab1", "Alice has left the chat room"))

    assert ("You → CS350: ", "You: ") == (first, alice.editor.asks)


def test_who_is_away_on_screen(alice: Alice) -> None:
    """That a message waits for an absent user stands below the message."""
    alice.types("/private Bob Hey")
    id = alice.hears[-1]["id"]
    text = "Bob is away; your message will be delivered when they return"
    alice.server.tells(Success("SERVER", "Alice", text, id=id, away=True))

    assert ["[Private to Bob] Hey", f"[SUCCESS] {text}"] == alice.sees()


def test_private_from_another_device(alice: Alice) -> None:
    """A private message from another device is shown with its receiver."""
    alice.server.tells(Private("Alice", "Bob", "Hey", seq=1))

    assert ["[Private to Bob] Hey"] == alice.sees()


def test_history_of_whom_one_talks_to(alice: Alice) -> None:
    """With a user as the focus, `/history` is never that of a room of the same name."""
    alice.joins("Bob")
    alice.server.tells(Private("Bob", "Alice", "psst"))
    alice.types("/history", "/focus @Bob", "/history", "/focus #bob", "/history")

    assert [None, True, None] == [asked.get("private") for asked in alice.hears]


def test_the_topic_is_shown(alice: Alice) -> None:
    """`/topic` is about the focus, and shows its topic, whatever else a server lists."""
    alice.joins("CS350")
    alice.types("/topic")
    asked = alice.hears[-1]
    alice.sees()
    rooms = [RoomListing("Other", 1), RoomListing("cs350", 2, topic="Exam")]
    alice.server.tells(Success("SERVER", "Alice", "Chat rooms: ...", id=asked["id"], rooms=rooms))
    alice.types("/topic")
    alice.server.tells(
        Success("SERVER", "Alice", "", id=alice.hears[-1]["id"], rooms=[RoomListing("CS350", 2)])
    )

    assert ("rooms", "CS350") == (asked["status"], asked["room"])
    assert ["[SUCCESS] The topic of 'cs350' is: Exam", "[SUCCESS] 'CS350' has no topic"] == [
        line for line in alice.sees() if line.startswith("[")
    ]


def test_orders_wait_for_the_room(alice: Alice) -> None:
    """A command after `/join` is read with the focus and the names of its turn."""
    alice.joins("CS350")
    alice.types("/join CS351", "/kick @dave being rude", "/leave")
    alice.granted()

    assert [("kick", "CS351", "being rude"), ("leave", "CS351", "")] == alice.asked()


# Lists.


def listed(alice: Alice, **fields: Any) -> list[str]:
    """Answer the last request with a list, and return what is shown."""
    id = alice.hears[-1]["id"]
    alice.sees()
    alice.server.tells(Success("SERVER", "Alice", "as a sentence", id=id, **fields))
    return alice.sees()


def test_rooms_are_listed_with_numbers(alice: Alice) -> None:
    """Each room stands on a line of its own, with its number and kind."""
    alice.joins("CS350")
    alice.server.tells(Private("Bob", "Alice", "psst"))
    alice.joins("lab")
    alice.types("/rooms")
    rooms = [
        RoomListing("CS350", 1, topic="Exam"),
        RoomListing("lab", 3, private=True),
        RoomListing("old", 0, closed=True),
    ]

    assert [
        "[SUCCESS] Chat rooms (/focus N or Alt+N goes to a numbered one):",
        "  1   CS350 · 1 member · Exam",
        "  3 → lab · 3 members · private",
        "      old · 0 members · closed",
        "and 7 more",
    ] == [
        line.removeprefix("          ")
        for text in listed(alice, rooms=rooms, more=7)
        for line in text.split("\n")
    ]


def test_conversations_are_listed_with_numbers(alice: Alice) -> None:
    """The numbers are those of /focus and of Alt, with unread counts."""
    alice.types("/conversations")
    nothing = alice.sees()[-1]
    alice.joins("CS350")
    alice.server.tells(Private("Bob", "Alice", "psst"), Private("Bob", "Alice", "there?"))
    alice.joins("3")
    alice.sees()
    alice.types("/chats", "/focus 2")
    shown = [line.strip() for text in alice.sees() for line in text.split("\n")]
    asks = [alice.editor.asks]
    for line in ("/focus 1", "/focus 3", "/focus 9", "/query @Carol", "/query Dan hi"):
        alice.types(line)
        asks.append(alice.editor.asks)

    assert nothing == "[CLIENT] No conversations yet: /join ROOM, or /msg NAME TEXT"
    assert ["1   CS350", "2   @Bob · 2 unread!", "3 → 3"] == shown[2:5]
    assert [
        "You → @Bob: ",
        "You → CS350: ",
        "You → 3: ",
        "You → 3: ",
        "You → @Carol: ",
        "You → @Dan: ",
    ] == asks
    assert "[ERROR] No conversation 9. To list them: /conversations" in alice.sees()
    assert ("private", "Dan", "hi") == alice.asked()[-1]


def test_members_are_listed_with_what_they_are(alice: Alice) -> None:
    """Moderators, muted, away and absent members are marked; else the server's sentence is shown."""
    alice.joins("CS350")
    alice.types("/who")
    users = [
        UserListing("Alice", moderator=True),
        UserListing("Bob", muted=True, away="at \x1blunch"),
        UserListing("Dave", away=""),
    ]
    marked = listed(alice, users=users, absent=[UserListing("Eve", moderator=True)], more=2)
    alice.types("/who")
    plain = listed(alice, users=[UserListing("Alice")])

    assert [
        "[SUCCESS] Members of 'CS350': Alice (moderator), Bob (muted, away: at \ufffdlunch), Dave (away); "
        "offline: Eve (moderator) and 2 more"
    ] == marked
    assert ["[SUCCESS] as a sentence"] == plain


def test_who_is_offline_has_not_left(alice: Alice) -> None:
    """A member who has only lost the connection is offline, and then online again."""
    alice.joins("CS350")
    alice.server.tells(
        Group("SERVER", "CS350", "Bob has left the chat room", event="offline"),
        Group("SERVER", "CS350", "Bob has joined the chat room", event="online"),
        Group("SERVER", "CS350", "Bob has left the chat room"),
        Group("SERVER", "CS350", "Bob has left the chat room", event="from tomorrow"),
    )

    assert [
        "[CS350] Bob is offline",
        "[CS350] Bob is online again",
        "[CS350] Bob has left the chat room",
        "[CS350] Bob has left the chat room",
    ] == alice.sees()


def test_fields_say_what_happened(alice: Alice) -> None:
    """The fields of an event count, not its sentence, which is shown as it is."""
    alice.joins("CS350")
    alice.sees()
    alice.server.tells(
        Group("SERVER", "CS350", "Carol is here now", event="joined", user="Carol"),
        Group("SERVER", "CS350", "Dora sleeps", event="offline", user="Dora"),
        Group("SERVER", "lab", "You are in here as well", event="joined", user="alice"),
    )
    alice.types("/focus lab")

    assert [
        "[CS350] Carol is here now",
        "[CS350] Dora is offline",
        "[lab] You are in here as well",
    ] == alice.sees()[:3]
    assert "You → lab: " == alice.editor.asks
    assert ["@Carol"] == [each.text for each in alice.app.candidates("/focus @C")]


# Quiet.


def comes_and_goes(alice: Alice, *rooms: str) -> list[str]:
    """Make Bob join rooms, leave them and be kicked, and return what is shown."""
    alice.sees()
    for room in rooms:
        for text in ("Bob has joined the chat room", "Bob has left the chat room", "Alice has kicked Bob"):
            alice.server.tells(Group("SERVER", room, text))
    return [line for line in alice.sees() if "Bob" in line]


def test_who_comes_and_goes_is_not_shown(tmp_path: Path) -> None:
    """Joins and leaves are hidden in one room or in all, also in the next run; moderation is not."""
    alice = Alice(tmp_path)
    alice.joins("CS350")
    loud = comes_and_goes(alice, "CS350")
    alice.types("/quiet")
    told = alice.sees()[-1]
    quiet = comes_and_goes(alice, "cs350", "lab")
    tomorrow = Alice(tmp_path)
    later = comes_and_goes(tomorrow, "CS350", "lab")
    tomorrow.types("/quiet *", "/quiet CS350 off")
    still = tomorrow.sees()[-1]
    nowhere = comes_and_goes(tomorrow, "CS350", "lab")
    tomorrow.types("/quiet * off")

    assert "[CLIENT] Joins and leaves are hidden in CS350. To show them: /quiet CS350 off" == told
    assert (3, 4, 4, 2, 6) == (
        len(loud),
        len(quiet),
        len(later),
        len(nowhere),
        len(comes_and_goes(tomorrow, "CS350", "lab")),
    )
    assert "[CLIENT] Joins and leaves are hidden in all rooms. To show them: /quiet * off" == still


def test_quiet_keeps_the_names_of_who_is_there(alice: Alice) -> None:
    """Hidden joins and leaves still update the known names; without a focus the room is asked for."""
    alice.types("/quiet", "/quiet CS350 yes", "/quiet *")
    alice.server.tells(Group("SERVER", "CS350", "Bob has joined the chat room"))

    assert ["/kick Bob"] == [f"/kick {each.text}" for each in alice.app.candidates("/kick Bo")]
    assert [
        "[ERROR] Which room? Usage: /quiet <room|*> [off]",
        "[ERROR] Usage: /quiet [room|*] [off]",
    ] == [line for line in alice.sees() if "ERROR" in line]


# Closing and opening.


def test_who_closes_a_room_opens_it_again(alice: Alice) -> None:
    """A closed room has no members, and `/room open` is about it until it is open."""
    alice.joins("CS350")
    alice.types("/close")
    alice.server.tells(
        Success("SERVER", "Alice", "You have closed 'CS350'", id=alice.hears[-1]["id"]),
        Error("SERVER", "Alice", "Chat room 'CS350' is closed", code="room_closed", room="CS350", by="Alice"),
    )
    alice.asked()
    alice.types("/room open")
    opened = alice.hears[-1]
    alice.granted("'CS350' is open")
    alice.types("/room open")

    assert ("room", "CS350", "open") == (opened["status"], opened["receiver"], opened["text"])
    assert [] == alice.asked()
    assert any("Which room?" in line for line in alice.sees())


# The focus after signing in.


def signs_in_to_rooms(state: Path, *rooms: RoomListing) -> Alice:
    """Return Alice, who has an account, just after the welcome."""
    alice = Alice.__new__(Alice)
    alice.reactor = MemoryReactorClock()
    alice.editor = Editor()
    alice.app = screen_app(alice.reactor, OPTIONS, state)
    alice.app.begin(alice.editor)
    alice.server = Server(alice.reactor.tcpClients[-1][2].buildProtocol(None))
    alice.server.tells(replace(welcome("Alice", "ClassChat 0.1"), rooms=list(rooms)))
    return alice


def test_the_last_room_is_the_focus(tmp_path: Path) -> None:
    """The last room has the focus after signing in; else the busiest room."""
    rooms = [RoomListing("CS350", 1, seq=9), RoomListing("lab1", 1, seq=2)]
    first = signs_in_to_rooms(tmp_path, *rooms)
    busiest = first.editor.asks
    first.types("/focus lab1", "/quit")
    again = signs_in_to_rooms(tmp_path, *rooms).editor.asks
    gone = signs_in_to_rooms(tmp_path, rooms[0]).editor.asks

    assert ("You → CS350: ", "You → lab1: ", "You → CS350: ") == (busiest, again, gone)


def test_the_banner_stands_once_before_what_was_missed(tmp_path: Path) -> None:
    """Missed messages are shown below the banner, which is shown once."""
    alice = signs_in_to_rooms(tmp_path, RoomListing("CS350", 1, seq=9))

    assert 1 == sum("ClassChat Commands:" in line for line in alice.editor.lines)


def test_the_user_takes_another_name(alice: Alice) -> None:
    """What the user says under the new name is their own, also in earlier private messages."""
    alice.joins("CS350")
    alice.types("/nick Carol")
    id = alice.hears[-1]["id"]
    asked = alice.asked()
    alice.server.tells(Success("SERVER", "Carol", "You are now called Carol", id=id))
    alice.types("Hello", "/me waves")
    alice.server.tells(
        Private("Alice", "Bob", "as Alice", seq=1, time="2026-11-23T10:00:00.000Z", replay=True)
    )

    assert [("rename", "", "Carol")] == asked
    assert [("group", "CS350", "Hello"), ("group", "CS350", "* Carol waves")] == alice.asked()
    shown = alice.sees()
    assert "[SUCCESS] You are now called Carol" in shown
    assert any("[Private to Bob]" in line and line.endswith("as Alice") for line in shown)


def test_a_partner_takes_another_name(alice: Alice) -> None:
    """The prompt shows the new name, to which plain text goes; Tab completes it."""
    alice.server.tells(Private("Bob", "Alice", "Hi", seq=1))
    alice.types("/query Bob")
    alice.server.tells(
        Private("SERVER", "Alice", "Bob is now called Bert", event="renamed", user="Bob", name="Bert")
    )
    alice.types("Hello")

    assert "You → @Bert: " == alice.editor.asks
    assert [("private", "Bert", "Hello")] == alice.asked()
    assert "[SERVER] Bob is now called Bert" in map(str.strip, alice.sees())
    assert ["@Bert"] == [each.text for each in alice.app.candidates("@Be")]


def test_an_ignored_user_under_another_name(alice: Alice) -> None:
    """The list of ignored users has the new name as well, and each can be taken from it."""
    alice.types("/ignore Bob")
    alice.server.tells(
        Private("SERVER", "Alice", "Bob is now called Bert", event="renamed", user="Bob", name="Bert")
    )
    alice.sees()
    alice.types("/ignore", "/unignore Bert", "/ignore")

    assert [
        "[CLIENT] Ignored users: Bob, Bert",
        "[CLIENT] No longer ignoring Bert",
        "[CLIENT] Ignored users: Bob",
    ] == [line for line in alice.sees() if line.startswith("[CLIENT]")]
