"""Tables of options, and what reads a command line by them: with click, or for `twistd` with Twisted's usage.

A table says once what an option is called, how its value is read and what it is for. Reading, help and the
checks of README are made from it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import signature
from itertools import groupby
from typing import Any, ClassVar

import click

from classchat import __version__
from classchat.streams import complain
from classchat.texts import one_line

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5555
DEFAULT_JOURNAL = "classchat.sqlite"

_LONGEST_SHOWN = 80  # characters of a wrong value in its error
_NEAR = 0.7  # how much of a name has to be right for it to be taken for a mistyped one: difflib's ratio
_COLUMN = 26  # the widest first column of a help
_UNDECODED = re.compile("[\udc80-\udcff]")  # bytes that are no characters of the locale: PEP 383
SHORT_HELP = "-h"  # which is also what `--host` is called: help, where no host follows


class Misuse(Exception):
    """A command line makes no sense; its one argument is the sentence that says why, without a full stop."""


class Misused(SystemExit):
    """A command line makes no sense, which was told on standard error: the exit code is 2, and only then."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.code = 2
        complain(sentence)


def shown(text: str) -> str:
    """Return what was typed as a sentence may quote it: on one line, and not endless."""
    return one_line(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


# How a value is read: a function that raises ValueError with a sentence. Its `doc` is what help says of it.


def some_text(text: str) -> str:
    """Return a value that may be any text but the empty one."""
    if not text:
        raise ValueError("the value is empty")
    return text


def some_file(text: str) -> str:
    """Return a file's name as this system takes it; it may be any text but the empty one."""
    if "\0" in some_text(text):
        raise ValueError("a file name can't contain a NUL character")
    return os.fsdecode(text.encode(errors="surrogateescape"))


def as_typed(word: str) -> str:
    """Return a word of the command line, read as UTF-8 where the locale has no such characters."""
    try:
        return word if is_utf8(word) else os.fsencode(word).decode()
    except UnicodeError:
        return word


def is_utf8(text: str) -> bool:
    """Return whether a text from the command line had no other bytes."""
    return _UNDECODED.search(text) is None


def between(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number of that range."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else least - 1
        if not least <= number <= most:
            raise ValueError(f"'{shown(text)}' is not a whole number from {least} to {most}")
        return number

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """Return what reads one of some words."""
    named = f"{', '.join(words[:-1])} or {words[-1]}"

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"'{shown(text)}' is not one of these: {named}")
        return text

    return read


@dataclass(frozen=True)
class Option:
    """One option: what it is called, how its value is read, and what help says of it."""

    name: str
    help: str
    value: str = ""
    """What stands for its value in the help, such as PORT; an option without is a flag."""
    read: Callable[[str], Any] = some_text
    default: Any = None
    short: str = ""
    group: str = "Options"
    shown: str = ""
    """How help shows the default where it is not a value: `forever`."""
    repeatable: bool = False

    @property
    def long(self) -> str:
        """The option as it is typed: `--max-text`."""
        return f"--{self.name}"

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to type it, the short one first."""
        return (f"-{self.short}", self.long) if self.short else (self.long,)

    @property
    def usual(self) -> str:
        """The default as help shows it; "" where there is none."""
        if self.shown or self.default is None:
            return self.shown
        return f"{self.default:g}" if isinstance(self.default, float) else f"{self.default}"

    def described(self, with_default: bool = True) -> str:
        """Return what it is for, with how it is written and its default in brackets."""
        notes = [
            getattr(self.read, "doc", ""),
            f"default: {self.usual}" if self.usual and with_default else "",
            "may be repeated" if self.repeatable else "",
        ]
        brackets = "; ".join(filter(None, notes))
        return f"{self.help} [{brackets}]" if brackets else self.help


JOURNAL_OPTION = Option("journal", "The server's journal", "FILE", some_file, DEFAULT_JOURNAL, "j")
"""Which file, for the commands that work on it."""


class CommandLine(dict[str, Any]):
    """What a command line says, by the names of its options; a subclass for each command.

    A subclass takes the words that are no options in `parseArgs`, and checks the whole in `postOptions`, as
    Twisted's `usage.Options` do. Both may raise `Misuse`.
    """

    program: ClassVar[str] = "classchat"
    usages: ClassVar[Sequence[str]] = ("[options]",)
    about: ClassVar[str] = ""
    options: ClassVar[Sequence[Option]] = ()

    def parseArgs(self) -> None:
        """Take no words."""

    def postOptions(self) -> None:
        """Check what can only be checked as a whole."""

    def read(self, name: str, text: str) -> Any:
        """Return what a word says that stands for an option.

        Raises:
            Misuse: it can't be the value of that option.
        """
        option = next(option for option in self.options if option.name == name)
        try:
            return option.read(text)
        except ValueError as error:
            raise Misuse(f"{option.value}: {error}") from None

    def _check_number(self, words: Sequence[str]) -> None:
        """Raise Misuse where there are too many words for `parseArgs`, or too few."""
        taken = signature(self.parseArgs)
        try:
            taken.bind(*words)
        except TypeError:
            usage = f"{self.program} {self.usages[0]}".rstrip()
            if len(words) <= len(taken.parameters):
                raise Misuse(f"Missing argument: {usage}") from None
            raise Misuse(f"Unexpected argument '{shown(words[len(taken.parameters)])}': {usage}") from None

    def parseOptions(self, words: Sequence[str]) -> None:
        """Read a command line.

        Raises:
            SystemExit: there is a mistake in it, which was told on standard error; or it asked for help.
        """
        run_command(Line(type(self), lambda _: None, lambda: self), self.program, words)

    def take(self, values: dict[str, Any], words: Sequence[str]) -> None:
        """Take what was read: the values of options that were given, and the words beside them.

        Raises:
            Misuse: it makes no sense.
        """
        for option in self.options:
            given = values.get(option.name)
            if option.repeatable:
                self[option.name] = list(given or ())
            else:
                self[option.name] = option.default if given is None else given
        self._check_number(words)
        self.parseArgs(*words)
        self.postOptions()


class _Value(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5
    """A value that one of our own functions reads."""

    name = "value"

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what the text says."""
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _parameter(option: Option) -> click.Option:
    names = [option.name.replace("-", "_"), *option.spellings]
    if not option.value:
        return click.Option(names, is_flag=True, default=False)
    return click.Option(names, type=_Value(option.read), multiple=option.repeatable)


class Line(click.Command):
    """A command for click, made of a table of options."""

    def __init__(
        self,
        kind: type[CommandLine],
        run: Callable[[Any], object],
        make: Callable[[], CommandLine] | None = None,
    ) -> None:
        """Read into what `make` returns, or a new `kind`, and call `run` with it."""
        self.kind = kind
        self.program = kind.program
        self._run = run
        self._make = make or kind
        takes_host = any(option.short == "h" for option in kind.options)
        super().__init__(
            kind.program.partition(" ")[2] or kind.program,
            params=[
                *map(_parameter, kind.options),
                version_option(),
                click.Argument(["words"], nargs=-1, type=click.UNPROCESSED),
            ],
            context_settings={"help_option_names": ["--help"] if takes_host else ["-h", "--help"]},
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words, once what click does not look at is checked."""
        with told_by(ctx):
            args = Spellings(self.kind.options).checked(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Do what was asked."""
        values = {option.name: ctx.params[option.name.replace("-", "_")] for option in self.kind.options}
        line = self._make()
        with told_by(ctx):
            line.take(values, ctx.params["words"])
        return self._run(line)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write how it is used, what it does, and its options by their groups, each as the table has it."""
        write_head(formatter, self.program, self.kind.usages, self.kind.about)
        write_options(formatter, self.kind.options)


def write_head(formatter: click.HelpFormatter, program: str, usages: Sequence[str], about: str) -> None:
    """Write how a command is used, and what it does."""
    for number, usage in enumerate(usages):
        formatter.write_usage(program, usage, "       " if number else "Usage: ")
    formatter.write_paragraph()
    formatter.write_text(about)


def write_options(formatter: click.HelpFormatter, options: Iterable[Option]) -> None:
    """Write a table of options by their groups, and the two that every command has."""
    for group, members in groupby(options, lambda option: option.group):
        with formatter.section(group):
            formatter.write_dl([(_signature(option), option.described()) for option in members], _COLUMN)
    with formatter.section("Other"):
        rows = [("    --help", "Show this help, and exit"), ("-V, --version", "Show the version, and exit")]
        formatter.write_dl(rows, _COLUMN)


def _signature(option: Option) -> str:
    short = f"-{option.short}, " if option.short and option.short != "h" else "    "
    return f"{short}{option.long} {option.value}".rstrip()


@contextmanager
def told_by(ctx: click.Context) -> Iterator[None]:
    """Make a misuse click's error, which knows whose help to name."""
    try:
        yield
    except Misuse as error:
        raise click.UsageError(str(error), ctx) from None


class Spellings:
    """Options by how they are typed; looks at what click takes as it comes."""

    def __init__(self, options: Iterable[Option]) -> None:
        self._options = {spelling: option for option in options for spelling in option.spellings}
        self._known = {*self._options, "--help", "--version", "-V"}

    def split(self, word: str) -> tuple[str, str, str]:
        """Return an option's whole name, where enough of it was typed to know it, and its value."""
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name.startswith("--") and name not in self._known:
            begun = [known for known in self._known if known.startswith(name)]
            name = begun[0] if len(begun) == 1 else name
        return name, equals, value

    def width(self, word: str) -> int:
        """Return how many words an option takes, its value included; 0 if it is none of these."""
        name, equals, _ = self.split(word)
        option = self._options.get(name)
        if option is None:
            return int(name in self._known or word[:2] in self._options or word == SHORT_HELP)
        return 2 if option.value and not equals else 1

    def checked(self, words: Sequence[str]) -> list[str]:
        """Return the words with whole names of options.

        Raises:
            Misuse: an option lacks its value, or has two.
        """
        words, given, checked = list(words), dict[str, str](), list[str]()
        while words:
            word = words.pop(0)
            if word == "--":
                return [*checked, word, *words]
            if word == SHORT_HELP and SHORT_HELP in self._known and (not words or words[0].startswith("-")):
                return ["--help"]
            name, equals, value = self.split(word)
            checked.append(f"{name}{equals}{value}")
            option = self._options.get(name)
            if equals and name in self._known and not (option and option.value):
                raise Misuse(f"{name} takes no value")
            if option is None:
                continue
            if option.value and not equals:
                if not words or words[0] in self._known or words[0].startswith("--"):
                    raise Misuse(f"{option.long} needs a value: {option.long} {option.value}")
                value = words.pop(0)
                checked.append(value)
            if not option.repeatable and given.setdefault(option.name, value) != value:
                raise Misuse(
                    f"{option.long} is given twice, with '{shown(given[option.name])}' and '{shown(value)}'"
                )
        return checked


def version_option() -> click.Option:
    """Return the option that every command has."""
    return click.Option(
        ["-V", "--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version
    )


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001
    if value and not ctx.resilient_parsing:
        show_version()
        ctx.exit()


def show_version() -> None:
    """Print the version."""
    print(f"ClassChat {__version__}")


def run_command(command: click.Command, program: str, words: Sequence[str]) -> Any:
    """Run a command of click's; a mistake is told in one line on standard error.

    Raises:
        SystemExit: there is a mistake in the command line, with 2; or it asked for help, with 0.
    """
    try:
        with command.make_context(program, [as_typed(word) for word in words]) as context:
            return command.invoke(context)
    except click.exceptions.Exit as error:
        raise SystemExit(error.exit_code) from None
    except click.UsageError as error:
        asked = error.ctx.command if error.ctx else command
        sentence = _sentence(error)
        stop = "" if sentence.endswith(("?", ")", ".")) else "."
        program = getattr(asked, "program", program)
        raise Misused(f"classchat: {sentence}{stop} See {program} --help.") from None


def _sentence(error: click.UsageError) -> str:
    """Say which option is wrong, and how."""
    match error:
        case click.NoSuchOption():
            return f"Unknown option {shown(error.option_name)}{_hint(error)}"
        case click.BadParameter() if error.param is not None:
            return f"{error.param.opts[-1]}: {error.message}"
        case click.BadOptionUsage():
            return f"{error.option_name}: {error.message}"
        case _:
            return error.format_message()


def _hint(error: click.NoSuchOption) -> str:
    """Say which command has such an option, or which option of this one is most like it."""
    owners = getattr(error.ctx.find_root().command, "owners", None) if error.ctx else None
    if found := owners(error.option_name) if owners else []:
        return f": it belongs to {' and '.join(found[:2])}"
    possible = sorted(error.possibilities or ())
    near = get_close_matches(error.option_name, possible, 1, _NEAR) or [
        option for option in possible if option.startswith(error.option_name)
    ]
    return f": did you mean {near[0]}?" if near else ""
