"""The `classchat` command: the client, the server (`classchat serve`) and the tools."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

import click

from classchat.commandline import (
    COMPLETING,
    CommandLine,
    Line,
    run_command,
    show_version,
    told_by,
    version_option,
    write_head,
    write_options,
)
from classchat.option_spellings import Spellings
from classchat.option_table import Misuse, shown
from classchat.parts import CLIENT, PARTS, Part, lines
from classchat.streams import prepare, told_plainly

_CLIENT = "(client)"
"""The client's name among the commands; no user can type it by accident."""

_MEANT = {"start": "serve", "server": "serve", "run": "serve", "listen": "serve", "backup": "export"}
"""Command names that users try, and the command of ours that they mean."""


class Branch(click.Group):
    """A command with subcommands, which are imported on use."""

    def __init__(self, program: str, part: Part) -> None:
        super().__init__(
            program.rpartition(" ")[2],
            params=[version_option()],
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        self.program = program
        self.part = part

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command with this name; None if there is none."""
        part = self.part.parts.get(cmd_name)
        if part is None:
            return None
        if part.parts:
            return Branch(f"{self.program} {cmd_name}", part)
        return part.line(cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table."""
        return list(self.part.parts)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find the command among the words; options may come before it."""
        args = self.with_command_first(ctx, args)
        if args[:1] == ["help"] and "help" not in self.part.parts:
            show_help([*self.program.split()[1:], *args[1:]])
            ctx.exit()
        if {"-h", "--help"} & {*args} and args[0].startswith("-"):
            args = ["--help"]
        elif not args or (args[0].startswith("-") and args[0] not in ("-V", "--version")):
            with told_by(ctx):
                raise Misuse(f"Expected a command: one of {', '.join(self.part.parts)}")
        return super().parse_args(ctx, args)

    def with_command_first(self, ctx: click.Context, words: list[str]) -> list[str]:
        """Return the words with the command moved to the front, before any options."""
        if not words or not words[0].startswith("-"):
            return words
        spellings = Spellings(option for line in self.lines() for option in line.kind.options)
        number = 0
        while number < len(words) and words[number].startswith("-") and words[number] != "--":
            width = spellings.width(words[number])
            if not width:
                raise click.NoSuchOption(words[number].partition("=")[0], ctx=ctx)
            number += width
        return [*words[number : number + 1], *words[:number], *words[number + 1 :]]

    def lines(self) -> Iterator[Line]:
        """Yield all subcommands that have options, at any depth."""
        return lines(self.part.parts)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command named by the first word, and the remaining words."""
        command = self.get_command(ctx, args[0])
        if command is None:
            with told_by(ctx):
                raise Misuse(_unknown(args[0], self.part.parts))
        return args[0], command, args[1:]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands."""
        write_head(formatter, self.program, ["COMMAND [options]"], self.part.about)
        with formatter.section("Commands"):
            formatter.write_dl([(name, part.summary) for name, part in self.part.parts.items()])
        formatter.write_paragraph()
        formatter.write_text(f"'{self.program} COMMAND --help' shows the options of each.")


class Root(Branch):
    """The `classchat` command, which runs the client if no command is named."""

    def __init__(self) -> None:
        super().__init__("classchat", Part("", parts=PARTS))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or the client."""
        return CLIENT.line(_CLIENT) if cmd_name == _CLIENT else super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, with the client's."""
        return [_CLIENT, *PARTS]

    def with_command_first(self, ctx: click.Context, words: list[str]) -> list[str]:
        """Return the words with a command first: the client's name if there is no other."""
        if words[:1] in (["-h"], ["--help"]) and (len(words) == 1 or words[1] in PARTS):
            return ["help", *words[1:]]
        if words in (["-V"], ["--version"]):
            return words
        if words[:1] and words[0].startswith("-") and any(word in PARTS for word in words[1:]):
            moved = super().with_command_first(ctx, words)
            words = moved if moved[0] in PARTS else words
        if words[:1] and words[0] in PARTS:
            return words
        if words and _is_meant_as_command(words[0]):
            with told_by(ctx):
                raise Misuse(f"{_unknown(words[0], PARTS)} (a server: {shown(words[0])}:PORT)")
        return [_CLIENT, *words]

    def lines(self) -> Iterator[Line]:
        """Yield the client, and all commands."""
        yield CLIENT.line(_CLIENT)
        yield from super().lines()

    def owners(self, spelling: str) -> list[str]:
        """Return the commands that have this option."""
        return [
            line.program
            for line in self.lines()
            if any(spelling in option.spellings for option in line.kind.options)
        ]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the usage, the commands, and the client's options."""
        from classchat.client.arguments import ClientOptions  # imports quickly, unlike the client

        write_head(formatter, self.program, ClientOptions.usages, ClientOptions.about)
        with formatter.section("Commands"):
            formatter.write_dl([(name, part.summary) for name, part in PARTS.items()])
        write_options(formatter, ClientOptions.options)
        formatter.write_paragraph()
        formatter.write_text(
            "'classchat serve' runs a server. 'classchat help COMMAND' shows the options of each."
        )


def _paths(parts: Mapping[str, Part], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name of each command, and the words to call it."""
    for name, part in parts.items():
        yield name, f"{above}{name}"
        yield from _paths(part.parts, f"{above}{name} ")


def _nearest(word: str, parts: Mapping[str, Part]) -> str | None:
    """Return the words to call the most similar command; None if no command is similar."""
    paths = dict(reversed([*_paths(parts)]))
    word = word.lower()
    if parts is PARTS and word in _MEANT:
        return _MEANT[word]
    near = get_close_matches(word, paths, 1, 0.7)
    return paths[near[0]] if near else None


def _unknown(word: str, parts: Mapping[str, Part]) -> str:
    nearest = _nearest(word, parts)
    hint = f"did you mean {nearest}?" if nearest else f"use one of {', '.join(parts)}"
    return f"Unknown command '{shown(word)}': {hint}"


def _is_meant_as_command(word: str) -> bool:
    """Return whether a word that may be a host is probably a mistyped command."""
    return word.isalpha() and word != "localhost" and _nearest(word, PARTS) is not None


def show_help(path: Sequence[str]) -> None:
    """Print the help of a command.

    Raises:
        UsageError: the command does not exist.
    """
    command: click.Command = Root()
    context = click.Context(command, info_name="classchat")
    for word in path:
        below = command.get_command(context, word) if isinstance(command, Branch) else None
        if below is None and isinstance(command, Branch):
            raise click.UsageError(_unknown(word, command.part.parts), context)
        if below is None:
            raise click.UsageError(f"Unexpected argument '{shown(word)}'", context)
        command, context = below, click.Context(below, info_name=word, parent=context)
    print(command.get_help(context))


class HelpOptions(CommandLine):
    """The arguments of `classchat help`."""

    program = "classchat help"
    usages = ("[COMMAND [SUBCOMMAND]]",)
    about = "Shows how a command is used, and its options."

    def parseArgs(self, *words: str) -> None:
        """Read the command's words."""
        self["words"] = words


class VersionOptions(CommandLine):
    """`classchat version` has no options of its own."""

    program = "classchat version"
    usages = ("",)
    about = "Shows the version."


HELP = Line(HelpOptions, lambda line: show_help(line["words"]))
VERSION = Line(VersionOptions, lambda _: show_version())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line."""
    prepare()
    with told_plainly():
        if asked := os.environ.get(COMPLETING):
            from classchat.shell_completion import answer

            return answer(asked)
        run_command(Root(), "classchat", sys.argv[1:] if arguments is None else arguments)
