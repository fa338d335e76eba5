"""A teacher's day, from the roster to the last export: students come by page, terminal and IRC."""

from __future__ import annotations

import csv
import json
import re
import signal
import socket
import ssl
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Keep, StartProcess, StartServer
from tests.e2e.helpers import CLASSCHAT, PATIENCE, Process, line
from tests.page.helpers import CONNECTION_LOST, Complaints, Visit
from tests.page.pupils import HORSE, Seat

ROOM = "CS350"
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (48213)
    Points Possible,,,,,10.00
"Doe, Jane",10231,000417231,jdoe4,CS350-01,8.00
"O'Brien, Seán",10232,000417232,sobrien,CS350-01,9.00
"van der Berg, Anna",10240,000417240,avdberg,CS350-02,10.00
"Student, Test",10299,,8d1a5e0c4f27b6a3f8e9,CS350-01,
"""


class IRCStudent:
    """A student with an IRC client, as its lines."""

    def __init__(self, port: int, name: str) -> None:
        """Connect with TLS, sign in with the password, and join the room."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE))
        self._lines = self._socket.makefile("r", encoding="utf-8", newline="\r\n")
        self._heard: list[str] = []
        self.says(f"PASS :{HORSE}", f"NICK {name}", f"USER {name} 0 * :{name}", f"JOIN #{ROOM}")
        self.reads(f" 366 {name} #{ROOM} ")

    def says(self, *lines: str) -> None:
        """Send lines."""
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def reads(self, part: str) -> None:
        """Wait for a line with this part, if none has come yet."""
        while not any(part in said for said in self._heard):
            said = self._lines.readline()
            assert said, f"hung up on before {part!r}: {self._heard}"
            self._heard.append(said)
            if said.startswith("PING"):
                self.says(said.strip().replace("PING", "PONG", 1))

    def close(self) -> None:
        """Close the connection. Harmless twice."""
        self._lines.close()
        self._socket.close()


class Day:
    """The day's server, its commands in another terminal, and everybody who comes."""

    def __init__(
        self, home: Path, serve: StartServer, process: StartProcess, visit: Visit, keep: Keep[Any]
    ) -> None:
        """Start the server in a directory with the password of all and the file of the students."""
        self._home = home
        self._serve = serve
        self._process = process
        self._visit = visit
        self._keep = keep
        (home / "password").touch(mode=0o600)
        (home / "password").write_text(f"{HORSE}\n")
        (home / "canvas.csv").write_text(CANVAS, encoding="utf-8-sig")
        self.server = serve("--port", "0", *_OPTIONS)
        self.codes: dict[str, dict[str, str]] = {}

    def runs(self, *words: str, typing: str = "") -> list[str]:
        """Run a command of `classchat` to its end, and return what it has printed."""
        done = self._process(*CLASSCHAT, *words)
        if typing:
            done.says(typing)
        done.says_no_more()
        code = done.ends()
        assert (0, b"") == (code, done.err), done
        return done.lines

    def is_killed(self) -> None:
        """Kill the server, and start it again at once."""
        self.server.signals(signal.SIGKILL)
        self.server.ends()
        self.server = self._serve("--port", str(self.server.port), *_OPTIONS)

    # Before the lesson.

    def the_roster(self) -> list[str]:
        """Import the roster while the server runs, first as a dry run; return what is said last."""
        dry = self.runs("roster", "import", "canvas.csv", "--dry-run")
        nothing = self.runs("roster", "list")
        done = self.runs("roster", "import", "canvas.csv")
        return [*dry[-2:], *nothing, *done[-1:]]

    def the_invitations(self) -> None:
        """Make a join code for each student, with the links to hand out."""
        printed = self.runs("roster", "invite", "--format", "json", "--port", str(self.server.port))
        self.codes = {one["name"]: one for one in map(json.loads, printed)}

    # Coming in.

    def the_teacher(self) -> Seat:
        """Register the teacher, who signs in on the page, and creates the room."""
        self.runs("admin", "claim", "Bob", typing=HORSE)
        bob = Seat(self._visit(self.server, f"#{ROOM}"))
        bob.button("Sign in with a password").click()
        bob.name.fill("Bob")
        bob.page.get_by_label("Password").fill(HORSE)
        bob.button("Sign in").click()
        bob.button(f"Create {ROOM}").click()
        return bob.may_speak()

    def the_projector(self) -> Page:
        """Sign in as the teacher in the projector's view, because guests may not join."""
        show: Page = self._visit(self.server, f"show#{ROOM}")
        expect(show.get_by_role("alert").first).to_contain_text("Sign in with your own name")
        show.get_by_role("textbox", name="Your name").fill("Bob")
        show.get_by_label("Password").fill(HORSE)
        show.get_by_role("button", name="Sign in", exact=True).click()
        expect(show.get_by_text(re.compile("^[0-9]+ (person|people)$"))).to_be_visible()
        return show

    def comes_by_page(self, name: str) -> Seat:
        """Open the link of an invitation, set a password, and join the room."""
        link = self.codes[name]["link"].partition("/#")[2]
        seat = Seat(self._visit(self.server, f"#{link}"))
        seat.page.get_by_label("Password").fill(HORSE)
        seat.button("Register and join").click()
        seat.box.fill(f"/join {ROOM}")
        seat.box.press("Enter")
        return seat.may_speak()

    def comes_by_terminal(self, name: str) -> Process:
        """Sign in with a join code from a terminal, and join the room."""
        options = ("--password-file", "password", "--code", self.codes[name]["code"])
        client = self._process(*CLASSCHAT, *options, self.server.address_of(self.codes[name]["user"]))
        client.says(f"/join {ROOM}")
        client.sees(f"[SUCCESS] You have joined '{ROOM}'")
        return client

    def comes_from_a_program(self, name: str) -> str:
        """Sign in with a join code, as a program that writes lines does; return the user's name."""
        user, code = self.codes[name]["user"], self.codes[name]["code"]
        with socket.create_connection(("127.0.0.1", self.server.port), PATIENCE) as program:
            program.sendall(line("claim", sender=user, text=HORSE, code=code))
            answer = json.loads(program.makefile().readline())
        assert "success" == answer["status"], answer
        return user

    def comes_by_irc(self, name: str) -> IRCStudent:
        """Sign in with a password from an IRC client."""
        return self._keep(IRCStudent(self.server.port, name))

    # After it.

    def the_reports(self) -> dict[str, list[dict[str, str]]]:
        """Export each report as a table, and return its rows."""
        for name in _REPORTS:
            self.runs("export", f"--{name}", "--output", f"{name}.csv")
        return {name: self._table(f"{name}.csv") for name in _REPORTS}

    def _table(self, name: str) -> list[dict[str, str]]:
        with (self._home / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


_THREE_NEW = "3 new, 0 changed, 0 unchanged, 0 refused, 0 missing."
_REPORTS = ("attendance", "participation", "questions", "polls")
_OPTIONS = ("--names", "claimed", "--claims", "closed")


def test_a_teachers_day(
    tmp_path: Path,
    serve: StartServer,
    process: StartProcess,
    visit: Visit,
    keep: Keep[Any],
    complaints: Complaints,
) -> None:
    """A lesson from the roster to the last export, with a server that is killed in the middle of a poll."""
    complaints.expected.append(CONNECTION_LOST)
    day = Day(tmp_path, serve, process, visit, keep)
    bob = day.the_teacher()
    rostered = day.the_roster()
    day.the_invitations()
    jane, sean = day.comes_by_page("Jane Doe"), day.comes_by_terminal("Seán O'Brien")
    anna = day.comes_by_irc(day.comes_from_a_program("Anna van der Berg"))
    bob.says("/session begin Week 3")
    anna.reads("Bob has begun session 1: Week 3")
    show = day.the_projector()

    _hands(bob, jane, sean, show)
    _a_question(bob, sean, anna, show)
    _votes_are_given(bob, jane, sean, anna)
    expect(show.get_by_role("heading", name="Which is stable?")).to_be_visible()
    day.is_killed()
    anna = day.comes_by_irc("Anna.van-der-Berg")
    _the_poll_ends(bob, jane, sean, anna)
    expect(show.locator(".stage")).to_contain_text("3 of 3 here")
    late = _groups_and_attendance(bob, jane, sean, anna)
    _an_exam(bob, jane, sean)
    bob.says("/session end")
    anna.reads("Bob has ended session 1: Week 3")
    reports = day.the_reports()
    day.server.signals(signal.SIGTERM)
    day.server.ends()
    erased = day.runs("person", "erase", "Jane Doe")

    after = day.the_reports()

    assert [_THREE_NEW, "Nothing was written (--dry-run).", "0 students.", _THREE_NEW] == rostered
    assert re.search(r"user name Lena\.Late is (\w{4}-){2}\w{4}$", late)
    assert {
        "Anna van der Berg": ("late", "", "0", "1"),
        "Jane Doe": ("", "code", "1", "1"),
        "Lena Late": ("", "", "0", "0"),
        "Seán O'Brien": ("", "code", "1", "1"),
    } == _students(reports)
    assert [("Is a list slow?", "", "Only at its end")] == [
        (row["text"], row["user"], row["answer"]) for row in reports["questions"]
    ]
    assert [("quicksort", "1", "Jane.Doe"), ("mergesort", "2", "Seán.OBrien, Anna.van-der-Berg")] == [
        (row["option"], row["votes"], row["voters"]) for row in reports["polls"]
    ]
    assert "'Jane.Doe' is now 'former student 1'." == erased[0]
    assert ("", "code", "1", "1") == _students(after)["former student 1"]
    assert "Jane" not in str(after)


def _students(reports: dict[str, list[dict[str, str]]]) -> dict[str, tuple[str, ...]]:
    """Return what each student did: the mark, whether by code, and the numbers of turns and votes."""
    did = {row["name"]: (row["helped"], row["polls"]) for row in reports["participation"]}
    return {
        row["name"]: (row["mark"], "code" if row["code"] else "", *did[row["name"]])
        for row in reports["attendance"]
    }


def _button(student: Seat, name: str) -> Locator:
    """Return one of the buttons that a student has under the box."""
    buttons = student.page.get_by_role("group", name="Class")
    return buttons.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))


def _hands(bob: Seat, jane: Seat, sean: Process, show: Page) -> None:
    """Two hands are raised, counted on the projector without names, and helped in their order."""
    _button(jane, "Raise hand").click()
    jane.page.keyboard.type("pointers")
    jane.page.keyboard.press("Enter")
    expect(_button(jane, "Hand: 1st of 1")).to_be_visible()
    jane.page.keyboard.press("Escape")
    sean.says(f"/hand {ROOM} recursion")
    sean.sees("[SUCCESS] Your hand is up: you are 2nd")
    expect(show.get_by_text("2 hands are up", exact=True)).to_be_visible()
    assert not re.search(r"pointers|recursion", show.locator("body").inner_text())
    bob.button("Class").click()
    bob.button("Next student").click()
    jane.hears("Bob comes to you")
    bob.button("Helped").click()
    bob.button("Next student").click()
    sean.sees(f"[SERVER] {ROOM}: Bob comes to you")
    sean.says(f"/done {ROOM}")
    sean.sees("[SUCCESS] Your turn has ended (helped)")


def _a_question(bob: Seat, sean: Process, anna: IRCStudent, show: Page) -> None:
    """A question is asked without a name, shown on the projector, and answered."""
    sean.says(f"/ask {ROOM} Is a list slow?")
    anna.reads("Question 1: Is a list slow?")
    expect(show.locator(".stage")).to_contain_text("Is a list slow?")
    expect(show.locator(".stage")).not_to_contain_text("Seán")
    bob.says("/answer 1 Only at its end")
    anna.reads("Bob answers question 1: Only at its end (Is a list slow?)")


def _votes_are_given(bob: Seat, jane: Seat, sean: Process, anna: IRCStudent) -> None:
    """A poll is open, and three students have voted."""
    bob.says("/poll Which is stable? | quicksort | mergesort | 600s named")
    card = jane.page.locator("#class-card")
    card.get_by_label("quicksort").check()
    card.get_by_role("button", name="Vote").click()
    expect(card).to_contain_text("You voted for: quicksort")
    sean.says(f"/vote {ROOM} 2")
    sean.sees("[SUCCESS] You have voted in poll 1: mergesort")
    anna.says(f"PRIVMSG #{ROOM} :!vote 2")
    anna.reads("You have voted in poll 1: mergesort")


def _the_poll_ends(bob: Seat, jane: Seat, sean: Process, anna: IRCStudent) -> None:
    """All are back after a kill of the server, and each vote counts once."""
    sean.wait(lambda: "[CLIENT] Reconnected to" in sean.out.decode(), "reconnected")
    sean.says(f"/vote {ROOM} 2")
    sean.wait(lambda: sean.lines.count("[SUCCESS] You have voted in poll 1: mergesort") == 2, "vote again")
    bob.says("/endpoll")
    anna.reads("Poll 1 is closed: quicksort 1, mergesort 2 (3 of 3 here)")
    expect(jane.page.locator("#class-card")).to_contain_text("3 of 3 here")
    jane.page.keyboard.press("Escape")


def _groups_and_attendance(bob: Seat, jane: Seat, sean: Process, anna: IRCStudent) -> str:
    """While groups are open, attendance is taken; return what the teacher reads of a late student."""
    bob.says("/groups 3 10s")
    anna.reads(f"[#{ROOM}] you are in group room")
    sean.wait(lambda: f"{ROOM}: you are in group room" in sean.out.decode(), "a group")
    bob.says("/present 5m")
    bob.page.get_by_role("tab", name="Attendance").click()
    shown = bob.page.get_by_role("complementary", name="Class").locator(".code")
    expect(shown).to_have_text(re.compile(r"^\w{5}$"))
    code = shown.inner_text()
    sean.says(f"/here {ROOM} {code}")
    sean.sees("[SUCCESS] You are marked as present")
    _button(jane, "Here").click()
    jane.page.keyboard.type(code)
    jane.button("I am here").click()
    bob.says("/mark Anna.van-der-Berg late")
    anna.reads(f"[#{ROOM}] Bob has marked you as late")
    bob.says("/roster add Lena Late")
    told = bob.rows.filter(has_text="The join code for the user name Lena.Late is")
    late = told.inner_text()
    anna.reads("has closed the groups")
    return late


def _an_exam(bob: Seat, jane: Seat, sean: Process) -> None:
    """In an exam students write to the staff, and not to each other."""
    bob.says("/room exam")
    sean.wait(lambda: "has begun the exam" in sean.out.decode(), "an exam")
    sean.says("/private Jane.Doe What is 3?", f"/group {ROOM} I can't read 3")
    bob.hears("Seán.OBrien to the staff: I can't read 3")
    sean.sees(f"[ERROR] During the exam in room '{ROOM}' students may write to its staff only")
    bob.says("/room talk")
