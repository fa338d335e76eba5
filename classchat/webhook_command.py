"""`classchat admin webhook`: lets programs post into a room, and calls them on messages there."""

from __future__ import annotations

import secrets
import sys
import time
from contextlib import closing
from datetime import datetime

from classchat.asking import asked
from classchat.commandline import CommandLine, Line
from classchat.control_messages import AskWebhooks
from classchat.core.hooks import LONGEST_NAME, MARK, USUAL_NAME, Hook, author_name
from classchat.core.persons import digest
from classchat.interfaces import own_addresses
from classchat.invite import HOST_OPTION, PORT_OPTION, URL_OPTION
from classchat.journal.command_changes import failures_of_commands
from classchat.journal.hook_administration import HookAdministration, HookOfRoom
from classchat.option_table import JOURNAL_OPTION, Misuse, Option, shown, some_room
from classchat.options import CONTROL_OPTION, IN_MEMORY
from classchat.probing import probe
from classchat.reachable import reach
from classchat.texts import one_line
from classchat.webhooks.slack_calls import is_url

_TOKEN_BYTES = 32

_WORDS = "Expected add ROOM, add-outgoing ROOM URL, list or remove NUMBER"

_LONGEST_WORD = 64
_LONGEST_URL = 2_000


def _word(text: str) -> str:
    """Read the word on which a program is called from the command line."""
    if not (text.isprintable() and 1 <= len(text) <= _LONGEST_WORD and " " not in text):
        raise ValueError(f"'{shown(text)}' is not a word of 1 to {_LONGEST_WORD} characters")
    return text


def _name(text: str) -> str:
    """Read the name of a webhook's author from the command line."""
    name = author_name(text, "")
    if name != text:
        raise ValueError(
            f"'{shown(text)}' can't be a name: use up to {LONGEST_NAME} letters, digits, '-', '_' and '.'"
        )
    return name


class ServersHooks:
    """The webhooks of the running server, which is asked for each step.

    What it refuses ends the command with its sentence.
    """

    def __init__(self, line: CommandLine) -> None:
        self._line = line

    def hooks(self) -> list[HookOfRoom]:
        """Return all webhooks, the oldest first."""
        return self._asked(AskWebhooks(change="list"))

    def add(self, room: str, name: str, token: str) -> str:
        """Add a webhook that programs post to with a token; return the name of its room."""
        request = AskWebhooks(change="add", receiver=room, name=name, token=digest(token).hex())
        return asked(self._line, request).text

    def add_outgoing(self, room: str, name: str, url: str, word: str, secret: str) -> str:
        """Add a webhook that calls a URL on messages that begin with a word; return the name of its room."""
        request = AskWebhooks(change="add", receiver=room, name=name, url=url, word=word, secret=secret)
        return asked(self._line, request).text

    def remove(self, number: int) -> HookOfRoom:
        """Remove a webhook, and return it."""
        return self._asked(AskWebhooks(change="remove", number=number))[0]

    def close(self) -> None:
        """Do nothing: each request has had its own connection."""

    def _asked(self, request: AskWebhooks) -> list[HookOfRoom]:
        return [
            HookOfRoom(Hook(one.number, "", one.name, one.url, one.word, "", one.added), one.room)
            for one in asked(self._line, request).hooks or ()
        ]


class WebhookOptions(CommandLine):
    """The options of `classchat admin webhook`."""

    program = "classchat admin webhook"
    usages = (
        "add ROOM [options]",
        "add-outgoing ROOM URL --word WORD [options]",
        "list [options]",
        "remove NUMBER [options]",
    )
    about = (
        "Lets programs post messages into a room: prints an address that takes what Slack's incoming webhooks"
        " take. Whoever knows the address can post. An outgoing webhook calls a program on messages that"
        " begin with a word; its secret, which is printed, signs the calls."
    )
    options = (
        Option("name", f"Name of the author, before {MARK}", "NAME", _name, USUAL_NAME, "n"),
        Option(
            "word",
            "Word at the beginning of the messages on which the program is called",
            "WORD",
            _word,
            None,
            "w",
        ),
        HOST_OPTION,
        PORT_OPTION,
        URL_OPTION,
        JOURNAL_OPTION,
        CONTROL_OPTION,
    )

    def parseArgs(self, *words: str) -> None:
        """Read what to do."""
        match words:
            case ("add", room):
                self["room"] = _room(room)
            case ("add-outgoing", room, url):
                self["room"], self["called"] = _room(room), url
                if not (is_url(url) and len(url) <= _LONGEST_URL):
                    raise Misuse("URL: expected one such as https://ci.example.org/classchat")
            case ("list",):
                pass
            case ("remove", number):
                if not (number.isascii() and number.isdigit() and len(number) < 10):
                    raise Misuse("NUMBER is what 'classchat admin webhook list' shows first")
                self["number"] = int(number)
            case _:
                raise Misuse(_WORDS)
        self["what"] = words[0]

    def postOptions(self) -> None:
        """Check that the options make sense together."""
        if (self["word"] is not None) is not (self["what"] == "add-outgoing"):
            raise Misuse("add-outgoing, and nothing else, needs --word WORD")
        if self["url"] and self["host"]:
            raise Misuse("--url can't be used with --host: the link has the host")


def run(options: WebhookOptions) -> None:
    """Do what is asked.

    Raises:
        SystemExit: it failed; the sentence says why.
    """
    place = options["journal"]
    with failures_of_commands(place), closing(_hooks(options)) as administration:
        match options["what"]:
            case "add":
                _add(administration, options)
            case "add-outgoing":
                _add_outgoing(administration, options)
            case "remove":
                removed = administration.remove(options["number"])
                print(
                    f"The webhook {removed.hook.number} of room '{one_line(removed.room)}' has been removed."
                )
            case _:
                for one in administration.hooks():
                    print(_described(one))


def _hooks(options: WebhookOptions) -> HookAdministration | ServersHooks:
    """Return the webhooks of the server that the command line names, or those in the journal."""
    if options["control"] is not None or options["journal"] == IN_MEMORY:
        return ServersHooks(options)
    return HookAdministration(options["journal"], _now)


def _add(administration: HookAdministration | ServersHooks, options: WebhookOptions) -> None:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    room = administration.add(options["room"], options["name"], token)
    link = _link(options)
    print(f"{link or 'http://HOST:PORT/'}hook/{token}")
    if link is None:
        _note("No server answers: put its address in place of HOST:PORT, or give it with --url.")
    _note(f"Programs that post there speak in room '{one_line(room)}'. The address is not shown again.")


def _add_outgoing(administration: HookAdministration | ServersHooks, options: WebhookOptions) -> None:
    secret, url, word = secrets.token_hex(_TOKEN_BYTES), options["called"], options["word"]
    room = administration.add_outgoing(options["room"], options["name"], url, word, secret)
    print(secret)
    _note(f"{url} is called on messages in room '{one_line(room)}' that begin with {word}.")
    _note("The secret signs the calls. It is not shown again.")


def _room(text: str) -> str:
    """Read the name of a room.

    Raises:
        Misuse: it can't be one.
    """
    try:
        return some_room(text)
    except ValueError as error:
        raise Misuse(f"ROOM: {error}") from None


def _link(options: WebhookOptions) -> str | None:
    """Return the link to the page of the server, which ends with a slash; None if no server answers."""
    if options["url"]:
        return str(options["url"])
    try:
        return reach(options["host"], options["port"], own_addresses(), probe)[0].link
    except SystemExit:
        return None


def _described(one: HookOfRoom) -> str:
    hook = one.hook
    added = datetime.fromtimestamp(hook.added / 1000).astimezone().isoformat(" ", "seconds")
    calls = f", calls {hook.url} on {hook.word}" if hook.is_outgoing else ""
    return f"{hook.number}  {one_line(one.room)}, as {hook.name}{MARK}{calls}, added {added}"


def _note(text: str) -> None:
    """Print a line for people, not for the script that takes the address."""
    print(text, file=sys.stderr)


def _now() -> int:
    return time.time_ns() // 1_000_000


LINE = Line(WebhookOptions, run)
