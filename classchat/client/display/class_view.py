"""What the class layer tells and answers, as texts of the lines that users read."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from classchat.class_events import AboutPoll, AboutTurn
from classchat.client.display import class_lists
from classchat.client.display.paper import Paper
from classchat.client.display.poll_results import bars, result_of
from classchat.client.link.happenings import about_of
from classchat.messages import Group, Private, Success


def drawn(event: Group | Private, paper: Paper) -> Group | Private:
    """Return a message with what can be drawn of it: the result of a poll as bars."""
    about = about_of(event)
    match about:
        case AboutPoll(state="closed"):
            result = result_of(about)
            if result is None:
                return event
            room = f"{about.room}: " if isinstance(event, Private) else ""
            head = f"{room}Poll {about.number} is closed: {about.text}"
            return replace(event, text=f"{head}\n{bars(result, paper)}")
        case _:
            return event


def calls(event: Group | Private) -> bool:
    """Return whether a message says that a staff member comes to this student now."""
    about = about_of(event)
    return isinstance(about, AboutTurn) and about.state == "taken"


def answer(event: Success, room: str, paper: Paper, now: datetime) -> str:
    """Return the answer to a request about a room: a list where it has one, or else its sentence."""
    listed = _listed(event, room, paper, now)
    return event.text if listed is None else paper.listed(listed.split("\n"))


def _listed(event: Success, room: str, paper: Paper, now: datetime) -> str | None:
    match event:
        case Success(state=view) if view is not None:
            return class_lists.summary(view, now)
        case Success(hands=hands) if hands is not None:
            return class_lists.queue(hands, room, paper, now)
        case Success(questions=questions) if questions is not None:
            return class_lists.questions(questions, room, now)
        case Success(polls=polls) if polls is not None:
            return class_lists.polls(polls, room, paper, now)
        case Success(roster=roster) if roster is not None:
            return class_lists.roster(roster, room, paper, int(event.more or 0))
        case _:
            return None
