"""Requests of the class layer as users type them."""

from __future__ import annotations

from typing import assert_never

from classchat.class_commands import (
    AnswerQuestion,
    Approve,
    Ask,
    ClassCommand,
    Dismiss,
    EndPoll,
    FinishTurn,
    Follow,
    Here,
    ListPolls,
    LowerHand,
    Mark,
    NextHand,
    Present,
    RaiseHand,
    ReadRoster,
    Reveal,
    SetGroups,
    SetHands,
    SetQuestions,
    SetSession,
    StartPoll,
    Support,
    Vote,
)


def class_as_typed(command: ClassCommand) -> str:
    """Return a request as users type it."""
    name, words = _words(command)
    return " ".join(filter(None, [name, command.receiver, *words]))


def _words(command: ClassCommand) -> tuple[str, list[str]]:
    """Return the name of the command, and what follows the room."""
    name = f"/{command.__struct_config__.tag}"
    match command:
        case SetSession():
            return name, [command.text, command.title]
        case SetHands():
            return "/queue", [command.text]
        case Follow() | RaiseHand() | FinishTurn() | Here():
            return name, [command.text]
        case LowerHand() | NextHand():
            return name, [command.user]
        case Mark():
            return name, [command.user, command.text]
        case ReadRoster():
            return name, [command.text, command.user]
        case Ask():
            return name, ["--named" if command.named else "", command.text]
        case SetQuestions():
            return name, [command.text, command.anonymous or ""]
        case Support():
            return ("/up" if command.value else "/unup"), [str(command.number)]
        case AnswerQuestion() | Approve() | Dismiss() | Reveal():
            return name, [str(command.number), command.text]
        case EndPoll() | ListPolls():
            return name, ["" if command.number is None else str(command.number)]
        case Vote():
            poll = "" if command.number is None else f"#{command.number}"
            return name, [poll, *(str(choice + 1) for choice in command.choices)]
        case StartPoll():
            flags = [flag for flag in ("many", "named", "live") if getattr(command, flag)]
            settings = " ".join([f"{command.seconds}s", *flags])
            return name, [" | ".join([command.text, *command.options, settings])]
        case Present():
            return name, [command.text or f"{command.seconds}s"]
        case SetGroups():
            size = str(command.count or "") if command.size is None else f"size {command.size}"
            until = "" if command.seconds is None else f"{command.seconds}s"
            return name, [size, command.text, until]
        case _:
            assert_never(command)
