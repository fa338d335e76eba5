"""`classchat admin`: the operator's commands on the journal, whether the server is running or not."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial

from classchat.account_administration import AccountAdministration, account_administration
from classchat.asking import AskingOptions
from classchat.client.tty.hidden import Ask, hidden_answers
from classchat.commandline import CommandLine, Line
from classchat.core.restriction import FOR_EVER, Restriction
from classchat.errors import UnusablePassword
from classchat.journal.administration import Administration, RoomRow, known_name, new_name
from classchat.journal.command_changes import NotDone, failures_of_commands
from classchat.option_table import JOURNAL_OPTION, Misuse, Option, between, only
from classchat.passwords import hash_password
from classchat.texts import json_line, one_line, quoted, stamp

_MOST_SHOWN = 10
"""Users of each kind to list in one line about a room."""


class AuditOptions(CommandLine):
    """The options of `classchat admin audit`."""

    program = "classchat admin audit"
    about = "Shows the audit log: who did what, newest last."
    options = (
        Option("last", "Lines to show", "N", between(1, 999_999_999), 50, "n"),
        Option("json", "Print JSON, one object a line, with times in UTC"),
        JOURNAL_OPTION,
    )


class AccountsOptions(AskingOptions):
    """The options of `classchat admin accounts`."""

    program = "classchat admin accounts"
    about = "Lists the registered names."


class RoomsOptions(CommandLine):
    """The options of `classchat admin rooms`."""

    program = "classchat admin rooms"
    about = "Lists the rooms with their settings, moderators and bans."
    options = (JOURNAL_OPTION,)


class _NameOptions(AskingOptions):
    usages = ("NAME [options]",)

    def parseArgs(self, *words: str) -> None:
        """Read the name."""
        self["name"] = only(words, "NAME")


class PasswordOptions(_NameOptions):
    """The options of `classchat admin password`."""

    program = "classchat admin password"
    about = "Changes the password of a registered name. It is asked for, or read from a pipe."


class ClaimOptions(_NameOptions):
    """The options of `classchat admin claim`."""

    program = "classchat admin claim"
    about = "Registers a name for a user. The password is asked for, or read from a pipe."


class ReleaseOptions(_NameOptions):
    """The options of `classchat admin release`."""

    program = "classchat admin release"
    about = "Releases a registered name, so that other users can take it."


class OperatorOptions(AskingOptions):
    """The options of `classchat admin operator`."""

    program = "classchat admin operator"
    usages = ("add NAME [options]", "remove NAME [options]")
    about = "Makes a registered user an operator, who may do everything everywhere, or removes one."

    def parseArgs(self, *words: str) -> None:
        """Read `add` or `remove`, and the name."""
        if len(words) != 2 or words[0] not in ("add", "remove") or not words[1]:
            raise Misuse("Expected add NAME or remove NAME")
        self["add"], self["name"] = words[0] == "add", words[1]


def _run(do: Callable[[Administration, CommandLine], None], asked: CommandLine) -> None:
    """Run one command on the journal.

    Raises:
        SystemExit: the command failed; the sentence says why.
    """
    place = asked["journal"]
    with failures_of_commands(place), closing(Administration(place, _now)) as administration:
        do(administration, asked)


def _run_beside(do: Callable[[AccountAdministration, CommandLine], None], asked: AskingOptions) -> None:
    """Run one command about accounts: at the running server's socket, or else on the journal.

    Raises:
        SystemExit: the command failed; the sentence says why.
    """
    with (
        failures_of_commands(asked["journal"]),
        closing(account_administration(asked, _now)) as administration,
    ):
        do(administration, asked)


# Commands that read.


def _audit(administration: Administration, asked: CommandLine) -> None:
    for row in administration.audit(asked["last"]):
        if asked["json"]:
            print(json_line({**row._asdict(), "time": stamp(row.time)}))
            continue
        parts = [row.actor, row.action, row.target, f"in {row.room}" if row.room else "", row.detail]
        print(f"{_local(row.time)}  {one_line(quoted(' '.join(filter(None, parts)), 400))}")


def _accounts(administration: AccountAdministration, asked: CommandLine) -> None:  # noqa: ARG001  as all
    for row in administration.accounts():
        operator = ", operator" if row.operator else ""
        last = "online now" if row.ended is None else f"last online {_local(row.ended)}"
        print(f"{one_line(row.name)}{operator}, registered {_local(row.created)}, {last}")


def _rooms(administration: Administration, asked: CommandLine) -> None:  # noqa: ARG001
    for row in administration.rooms():
        said = "1 message" if row.messages == 1 else f"{row.messages} messages"
        print(one_line(", ".join([f"{row.name}: {said}", *_described(row, _now())])))


def _described(row: RoomRow, now: int) -> Iterator[str]:
    order = row.order
    for word, holds in (("closed", order.closed), ("private", order.private), ("announce", order.announce)):
        if holds:
            yield word
    if order.topic:
        yield f"topic '{quoted(order.topic, 200)}'"
    if order.moderators:
        yield f"moderators {_listed(sorted(order.moderators.values()))}"
    if order.invited:
        yield f"invited {_listed(sorted(order.invited.values()))}"
    for word, rows in (("muted", order.muted), ("banned", order.banned)):
        lasting = [_with_end(key, row) for key, row in sorted(rows.items()) if row.until > now]
        if lasting:
            yield f"{word} {_listed(lasting)}"


def _listed(people: Sequence[str]) -> str:
    more = len(people) - _MOST_SHOWN
    return " ".join(people[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _with_end(name: str, row: Restriction) -> str:
    end = "" if row.until == FOR_EVER else f"until {_local(int(row.until))}"
    by = row.by and f"by {row.by}"
    return f"{name} ({', '.join(filter(None, (end, by)))})" if end or by else name


# Commands that change something.


def _operator(administration: AccountAdministration, asked: CommandLine) -> None:
    name = administration.set_operator(known_name(asked["name"]), asked["add"])
    name = one_line(name)
    print(f"'{name}' is an operator." if asked["add"] else f"'{name}' is no longer an operator.")


def _password(administration: AccountAdministration, asked: CommandLine) -> None:
    administration.check(
        known_name(asked["name"]), claimed=True
    )  # before the operator types a password in vain
    name = administration.set_password(known_name(asked["name"]), _ask_password())
    print(f"The password of '{one_line(name)}' has been changed.")


def _claim(administration: AccountAdministration, asked: CommandLine) -> None:
    name = new_name(asked["name"])
    administration.check(name, claimed=False)
    name = administration.claim(name, _ask_password())
    print(f"The name '{one_line(name)}' is now registered.")


def _release(administration: AccountAdministration, asked: CommandLine) -> None:
    name = administration.release(known_name(asked["name"]))
    print(f"The name '{one_line(name)}' has been released.")


def _ask_password() -> str:
    """Ask for a password twice, hidden, or read one line from a pipe; return its hash.

    On a terminal the questions are repeated until both answers are the same valid password: after an error, a
    password typed by habit would stand at the shell's prompt.
    """
    if not sys.stdin.isatty():
        try:
            return _hash(sys.stdin.buffer.readline().decode("utf-8-sig").rstrip("\r\n"))
        except UnicodeDecodeError:
            raise NotDone("The password is not UTF-8.") from None
    try:
        with hidden_answers() as ask:
            return _agreed(ask)
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        raise NotDone("No password was given. Nothing was changed.") from None


def _agreed(ask: Ask) -> str:
    while True:
        try:
            password = ask("Password: ")
            if password == ask("Password again: "):
                return _hash(password)
            print("Passwords don't match. Please try again, or press Ctrl+C to cancel.")
        except UnicodeDecodeError:
            print("The password is not UTF-8. Please try again, or press Ctrl+C to cancel.")
        except NotDone as wrong:
            print(wrong)


def _hash(password: str) -> str:
    """Return the hash of a password."""
    try:
        return hash_password(password)
    except UnusablePassword as error:
        raise NotDone(error.text) from None


def _now() -> int:
    return time.time_ns() // 1_000_000


def _local(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000).astimezone().isoformat(" ", "seconds")


LINES = {
    "audit": Line(AuditOptions, partial(_run, _audit)),
    "accounts": Line(AccountsOptions, partial(_run_beside, _accounts)),
    "rooms": Line(RoomsOptions, partial(_run, _rooms)),
    "operator": Line(OperatorOptions, partial(_run_beside, _operator)),
    "password": Line(PasswordOptions, partial(_run_beside, _password)),
    "claim": Line(ClaimOptions, partial(_run_beside, _claim)),
    "release": Line(ReleaseOptions, partial(_run_beside, _release)),
}
