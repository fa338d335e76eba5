"""The commands of `classchat admin` that act on the running server, at its own socket."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

from classchat.asking import WHERE, AskingOptions, asked
from classchat.commandline import CommandLine, Line
from classchat.control_messages import LEVELS, AskLimits, AskReload, Evict, Order, SetLimit, SetLogLevel
from classchat.limits import Limits
from classchat.messages import LONGEST_ORDER, Ban, Broadcast, Kick, Mute, Unban, Unmute
from classchat.option_table import Misuse, Option, only
from classchat.texts import one_line

_SPAN = re.compile(r"([0-9]{1,8})([smhdw])", re.ASCII | re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def _span(text: str) -> int:
    """Return how many seconds `90s`, `10m`, `2h`, `3d` or `1w` are."""
    found = _SPAN.fullmatch(text)
    seconds = int(found[1]) * _SECONDS[found[2].lower()] if found else 0
    if not 1 <= seconds <= LONGEST_ORDER:
        raise ValueError(f"'{one_line(text)}' is not a time such as 90s, 10m, 2h, 3d or 1w")
    return seconds


_FOR = Option("for", "How long it holds", "TIME", _span, shown="forever")
_REASON = Option("reason", "Why, which the room is told", "TEXT")


class _RoomOrderOptions(AskingOptions):
    usages: ClassVar[Sequence[str]] = ("NAME ROOM [options]",)
    makes: ClassVar[Any]

    def parseArgs(self, *words: str) -> None:
        """Read the user and the room."""
        if len(words) != 2 or not all(words):
            raise Misuse("Expected NAME and ROOM")
        self["name"], self["room"] = words

    @property
    def order(self) -> Order:
        """The request."""
        also: dict[str, Any] = {"seconds": self["for"]} if "for" in self else {}
        order: Order = self.makes(
            receiver=self["room"], user=self["name"], text=self.get("reason") or "", **also
        )
        return order


class KickOptions(_RoomOrderOptions):
    """The options of `classchat admin kick`."""

    program = "classchat admin kick"
    usages = ("NAME [ROOM] [options]",)
    about = (
        "Removes a user from a room of the running server; without a room, disconnects them from the server."
    )
    options = (_REASON, *WHERE)
    makes = Kick

    def parseArgs(self, *words: str) -> None:
        """Read the user, and perhaps the room."""
        if len(words) == 1 and words[0]:
            self["name"], self["room"] = words[0], None
        else:
            super().parseArgs(*words)


class BanOptions(_RoomOrderOptions):
    """The options of `classchat admin ban`."""

    program = "classchat admin ban"
    about = "Bans a user from a room of the running server."
    options = (_FOR, _REASON, *WHERE)
    makes = Ban


class UnbanOptions(_RoomOrderOptions):
    """The options of `classchat admin unban`."""

    program = "classchat admin unban"
    about = "Ends a ban."
    makes = Unban


class MuteOptions(_RoomOrderOptions):
    """The options of `classchat admin mute`."""

    program = "classchat admin mute"
    about = "Mutes a user in a room of the running server."
    options = (_FOR, _REASON, *WHERE)
    makes = Mute


class UnmuteOptions(_RoomOrderOptions):
    """The options of `classchat admin unmute`."""

    program = "classchat admin unmute"
    about = "Ends a mute."
    makes = Unmute


class BroadcastOptions(AskingOptions):
    """The options of `classchat admin broadcast`."""

    program = "classchat admin broadcast"
    usages = ("TEXT [options]",)
    about = "Tells all users of the running server something. TEXT - is read from standard input."

    def parseArgs(self, *words: str) -> None:
        """Read the text."""
        self["text"] = only(words, "TEXT, in quotation marks")


class LimitsOptions(AskingOptions):
    """The options of `classchat admin limits`."""

    program = "classchat admin limits"
    usages = ("[OPTION VALUE] [options]",)
    about = (
        "Shows the options that can change while the server runs, or sets one of them until its next start "
        "or reload."
    )

    def parseArgs(self, *words: str) -> None:
        """Read the option and its value."""
        if len(words) not in (0, 2):
            raise Misuse("Expected an OPTION and its VALUE, such as max-text 2000")
        self["words"] = words


class LogLevelOptions(AskingOptions):
    """The options of `classchat admin log-level`."""

    program = "classchat admin log-level"
    usages = ("[debug|info|warn|error] [options]",)
    about = "Shows, or sets until the next start, the lowest level that the running server logs."

    def parseArgs(self, level: str = "") -> None:
        """Read the level."""
        if level and level not in LEVELS:
            raise Misuse(f"Expected a level: {', '.join(LEVELS)}")
        self["level"] = level


class ReloadOptions(AskingOptions):
    """The options of `classchat admin reload`."""

    program = "classchat admin reload"
    about = "Has the running server read its options, its certificate and its log file again, as SIGHUP does."


def _order(line: _RoomOrderOptions) -> None:
    print(one_line(asked(line, line.order).text))


def _kick(line: KickOptions) -> None:
    if line["room"] is not None:
        _order(line)
    else:
        print(one_line(asked(line, Evict(user=line["name"], text=line.get("reason") or "")).text))


def _broadcast(line: CommandLine) -> None:
    text = line["text"] if line["text"] != "-" else _read_text()
    print(one_line(asked(line, Broadcast(text=text)).text))


def _read_text() -> str:
    """Return the text on standard input.

    Raises:
        SystemExit: it is not UTF-8.
    """
    try:
        return sys.stdin.buffer.read(4 * Limits.text + 1).decode("utf-8-sig").rstrip("\n")
    except UnicodeDecodeError:
        raise SystemExit("classchat: The text is not UTF-8.") from None


def _limits(line: CommandLine) -> None:
    if line["words"]:
        option, value = line["words"]
        print(one_line(asked(line, SetLimit(option=option.removeprefix("--"), value=value)).text))
        return
    for option, value in (asked(line, AskLimits()).limits or {}).items():
        print(one_line(f"{option} = {value}"))


def _log_level(line: CommandLine) -> None:
    print(one_line(asked(line, SetLogLevel(level=line["level"])).text))


def _reload(line: CommandLine) -> None:
    print(one_line(asked(line, AskReload()).text))


LINES = {
    "kick": Line(KickOptions, _kick),
    "ban": Line(BanOptions, _order),
    "unban": Line(UnbanOptions, _order),
    "mute": Line(MuteOptions, _order),
    "unmute": Line(UnmuteOptions, _order),
    "broadcast": Line(BroadcastOptions, _broadcast),
    "limits": Line(LimitsOptions, _limits),
    "log-level": Line(LogLevelOptions, _log_level),
    "reload": Line(ReloadOptions, _reload),
}
