"""Command lines that are read with a table of options, by click or (for `twistd`) Twisted's usage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from inspect import signature
from typing import Any, ClassVar

import click

from classchat import __version__
from classchat.option_spellings import Spellings
from classchat.option_table import Misuse, Option, as_typed, by_group, shown
from classchat.streams import complain

_NEAR = 0.7  # difflib's ratio from which a name counts as a mistyped one
_COLUMN = 26  # the widest first column of a help

COMPLETING = "_CLASSCHAT_COMPLETE"
"""The variable by which a shell's script asks what Tab offers, as click's scripts name it."""

OF_EVERY_COMMAND = (("--help", "Show this help, and exit"), ("--version", "Show the version, and exit"))
"""The two options that every command has besides its own, and what they do."""

_SHORT = {"--help": "    ", "--version": "-V, "}  # `-h` is often `--host`


class Misused(SystemExit):
    """A command line was wrong, and the reason was printed on standard error. The exit code is 2, used only
    here.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.code = 2
        complain(sentence)


class CommandLine(dict[str, Any]):
    """The values of a command line by option name; each command has a subclass.

    As in Twisted's `usage.Options`, `parseArgs` reads the words that are not options, and `postOptions`
    checks the command line as a whole. Both may raise `Misuse`.
    """

    program: ClassVar[str] = "classchat"
    usages: ClassVar[Sequence[str]] = ("[options]",)
    about: ClassVar[str] = ""
    options: ClassVar[Sequence[Option]] = ()

    def parseArgs(self) -> None:
        """Accept no words."""

    def postOptions(self) -> None:
        """Check the command line as a whole."""

    def read(self, name: str, text: str) -> Any:
        """Return the value of an option that was given as a plain word.

        Raises:
            Misuse: the word is not a valid value of that option.
        """
        option = next(option for option in self.options if option.name == name)
        try:
            return option.read(text)
        except ValueError as error:
            raise Misuse(f"{option.value}: {error}") from None

    def _check_number(self, words: Sequence[str]) -> None:
        """Raise Misuse if there are too many or too few words for `parseArgs`."""
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
            SystemExit: the command line is wrong (the reason was printed on standard error), or asked for
            help.
        """
        run_command(Line(type(self), lambda _: None, lambda: self), self.program, words)

    def take(self, values: dict[str, Any], words: Sequence[str]) -> None:
        """Store the given values of options, and the other words.

        Raises:
            Misuse: the command line is wrong.
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
    """A click type that reads a value with one of the functions above."""

    name = "value"

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value of a text."""
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
    """A click command, built from a table of options."""

    def __init__(
        self,
        kind: type[CommandLine],
        run: Callable[[Any], object],
        make: Callable[[], CommandLine] | None = None,
    ) -> None:
        """Store the values in the result of `make`, or a new `kind`, and call `run` with it."""
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
        """Check the spelling of options, which click does not, and parse the words."""
        with told_by(ctx):
            args = Spellings(self.kind.options).checked(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        values = {option.name: ctx.params[option.name.replace("-", "_")] for option in self.kind.options}
        line = self._make()
        with told_by(ctx):
            line.take(values, ctx.params["words"])
        return self._run(line)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the usage, the description and the options, by group and in the table's order."""
        write_head(formatter, self.program, self.kind.usages, self.kind.about)
        write_options(formatter, self.kind.options)


def write_head(formatter: click.HelpFormatter, program: str, usages: Sequence[str], about: str) -> None:
    """Write a command's usage and description."""
    for number, usage in enumerate(usages):
        formatter.write_usage(program, usage, "       " if number else "Usage: ")
    formatter.write_paragraph()
    formatter.write_text(about)


def write_options(formatter: click.HelpFormatter, options: Iterable[Option]) -> None:
    """Write a table of options by group, and the two options that every command has."""
    for group, members in by_group(options).items():
        with formatter.section(group):
            formatter.write_dl([(_signature(option), option.described()) for option in members], _COLUMN)
    with formatter.section("Other"):
        rows = [
            (f"-V, {name}" if name == "--version" else f"    {name}", text) for name, text in OF_EVERY_COMMAND
        ]
        formatter.write_dl(rows, _COLUMN)


def _signature(option: Option) -> str:
    short = f"-{option.short}, " if option.short and option.short != "h" else "    "
    return f"{short}{option.long} {option.value}".rstrip()


@contextmanager
def told_by(ctx: click.Context) -> Iterator[None]:
    """Turn Misuse into click's error, which names the command whose help to read."""
    try:
        yield
    except Misuse as error:
        raise click.UsageError(str(error), ctx) from None


def version_option() -> click.Option:
    """Return the `--version` option, which every command has."""
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
    """Run a click command; a mistake in the command line is told in one line on standard error.

    Raises:
        SystemExit: with 2 for a mistake in the command line, with 0 after help.
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
    """Return a sentence that names the wrong option and the mistake."""
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
    """Return a hint: the command that has this option, or the most similar option of this command."""
    owners = getattr(error.ctx.find_root().command, "owners", None) if error.ctx else None
    if found := owners(error.option_name) if owners else []:
        return f": it belongs to {' and '.join(found[:2])}"
    possible = sorted(error.possibilities or ())
    near = get_close_matches(error.option_name, possible, 1, _NEAR) or [
        option for option in possible if option.startswith(error.option_name)
    ]
    return f": did you mean {near[0]}?" if near else ""
