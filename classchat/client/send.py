"""`classchat send ROOM TEXT`: one message from a script; the exit code says whether it was accepted."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python.failure import Failure

from classchat.client.arguments import PLACE_OPTIONS, ClientOptions, from_settings
from classchat.client.bot import Bot, NotTransferred, connect
from classchat.client.link.addresses import is_loopback, place
from classchat.client.link.endpoints import endpoint_to, explained
from classchat.client.password_prompts import PLAIN_TEXT
from classchat.commandline import Line
from classchat.errors import ChatError
from classchat.option_table import DEFAULT_HOST, DEFAULT_PORT, Misuse, Option, is_utf8, shown, some_file
from classchat.streams import complain
from classchat.wire.lines import LONGEST_LINE

_ANSWER_TIMEOUT = 60.0
"""Seconds for everything except reconnecting: a server may answer pings, and not requests."""


class SendOptions(ClientOptions):
    """The options of `classchat send`."""

    program = "classchat send"
    usages = (
        "[options] [NAME@HOST[:PORT] | @SERVER] ROOM|@USER TEXT",
        "[options] [NAME@HOST[:PORT] | @SERVER] ROOM|@USER --file FILE",
    )
    about = (
        "Sends TEXT or a file to a room, which it joins and leaves again, or to one user. With - as TEXT,"
        " sends standard input. The exit code is 0 if the server has accepted the message, and 1 if not."
        " What is not given comes from config.toml."
    )
    options = (
        *PLACE_OPTIONS,
        Option(
            "file",
            "File to share instead of a text",
            "FILE",
            some_file,
            group="What is sent",
            repeatable=True,
        ),
    )

    def parseArgs(self, address: str | None = None, *more: str) -> None:
        """Take an address if there is one, then the room or user and the text."""
        words = () if address is None else (address, *more)
        if self["file"]:
            self._take_place(words)
            return
        if len(words) < 2 or (len(words) == 2 and "@" in words[0][1:]):
            raise Misuse("Expected ROOM and TEXT, such as: CS350 'Hello everybody'")
        if len(words) > 3:
            raise Misuse(f"Unexpected argument '{shown(words[3])}': put the text into quotes")
        if len(words) == 3:
            if "@" not in words[0]:
                raise Misuse(f"Unexpected argument '{shown(words[2])}': put the text into quotes")
            super().parseArgs(words[0])
        self["to"], self["text"] = words[-2:]
        self._check_receiver()
        if not self["text"].strip():
            raise Misuse("The text is empty")
        if not is_utf8(self["to"] + self["text"]):
            raise Misuse("ROOM and TEXT must be UTF-8")

    def _take_place(self, words: Sequence[str]) -> None:
        """Take an address if there is one, then the room or user who gets the files."""
        if not 1 <= len(words) <= 2 or (len(words) == 2 and "@" not in words[0]):
            raise Misuse("Expected ROOM and files, such as: CS350 --file notes.pdf")
        if len(words) == 2:
            super().parseArgs(words[0])
        self["to"], self["text"] = words[-1], ""
        self._check_receiver()
        if not is_utf8(self["to"]):
            raise Misuse("ROOM must be UTF-8")

    def _check_receiver(self) -> None:
        if not self["to"].removeprefix("@"):
            raise Misuse("The room's name is empty")

    def postOptions(self) -> None:
        """Fill in what was not given; there are no questions."""
        super().postOptions()
        self["host"], self["port"] = self["host"] or DEFAULT_HOST, self["port"] or DEFAULT_PORT
        if self["name"] is None:
            raise Misuse("A user name is needed: give --name NAME, or NAME@HOST")


def run(options: SendOptions) -> None:
    """Send the message.

    Raises:
        SystemExit: with 1 if it was not accepted, after a sentence on standard error.
    """
    if options["text"] == "-":
        options["text"] = _read_text()
    failures = FilteringLogObserver(
        textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.error)]
    )
    globalLogBeginner.beginLoggingTo([failures], redirectStandardIO=False)
    from twisted.internet import reactor as installed  # not earlier: it opens files

    reactor: Any = installed
    codes = [130]  # Ctrl+C stops the reactor before there is another

    def start() -> None:
        sending: Deferred[Any] = Deferred.fromCoroutine(_send(reactor, options))
        if not options["file"]:  # each step of an upload has a time limit of its own
            sending.addTimeout(options["retry"] + _ANSWER_TIMEOUT, reactor)
        sending.addCallbacks(
            lambda _: codes.append(0), lambda failure: codes.append(_failed(failure, options))
        )
        sending.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(start)
    reactor.run()
    raise SystemExit(codes[-1])


def _read_text() -> str:
    """Return the text on standard input, without the newline at its end.

    Raises:
        SystemExit: it is not UTF-8, empty, or too long for a message.
    """
    data = sys.stdin.buffer.read(LONGEST_LINE + 1)
    if len(data) > LONGEST_LINE:
        raise SystemExit(f"classchat: The text is too long (at most {LONGEST_LINE} bytes).")
    try:
        text = data.decode("utf-8-sig").rstrip("\r\n").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise SystemExit("classchat: The text is not UTF-8.") from None
    if not text.strip():
        raise SystemExit("classchat: The text is empty: nothing was sent.")
    return text


async def _send(reactor: Any, options: SendOptions) -> None:
    host, port, encrypted = options["host"], options["port"], options["encrypted"]
    password = options["password"]
    if password is not None and encrypted is False and not (options["no-tls"] or is_loopback(host)):
        raise _NotSent(PLAIN_TEXT)
    way = endpoint_to(reactor, host, port, encrypted, options["fingerprint"], complain)
    bot = await connect(reactor, way, options["name"], retry=options["retry"], password=password)
    try:
        receiver = options["to"]
        if receiver.startswith("@"):
            await _give(bot, receiver[1:], options)
        else:
            await _in_room(bot, receiver, lambda: _give(bot, receiver, options))
    finally:
        await bot.close()


async def _give(bot: Bot, receiver: str, options: SendOptions) -> None:
    """Send the text or the files to a room or a user."""
    private = options["to"].startswith("@")
    for path in options["file"]:
        await bot.share(Path(path), receiver, private=private)
    if private and options["text"]:
        await bot.tell(receiver, options["text"])
    elif options["text"]:
        answer = await bot.say(receiver, options["text"])
        if answer.held:
            complain(f"classchat: {answer.text}.")


async def _in_room(bot: Bot, room: str, give: Callable[[], Awaitable[None]]) -> None:
    """Do something as a member of a room; leave the room afterwards if it was joined for that."""
    was_member = False
    try:
        await bot.join(room)
    except ChatError as error:
        was_member = error.code == "already_member"
        if not was_member:
            raise
    try:
        await give()
    finally:
        if not was_member:
            await bot.leave(room)


class _NotSent(Exception):
    """The message can't be sent; the argument says why."""


def _failed(failure: Failure, options: SendOptions) -> int:
    """Write why the message was not sent; return the exit code."""
    where = place(options["host"], options["port"])
    match failure.value:
        case ChatError(code="password_required") as error:
            reason = f"{error.text.rstrip('.')}: give --password-file FILE"
        case ChatError() as error:
            reason = error.text
        case _NotSent() | NotTransferred() as error:
            reason = str(error)
        case defer.TimeoutError():
            reason = f"No answer from {where} in time: the message may have been sent, or not"
        case _:
            reason = explained(failure, where)
    complain(f"classchat: {reason}" if reason.endswith((".", "?")) else f"classchat: {reason}.")
    return 1


LINE = Line(SendOptions, run, lambda: from_settings(SendOptions))
