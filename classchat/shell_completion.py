"""Completion in bash, zsh and fish: what Tab offers in a `classchat` command line.

The scripts are click's. On Tab they call `classchat` with the words typed so far in the environment, and it
answers from the tables of the help: a new command or option is offered as soon as it is in its table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

from classchat.client.arguments import ClientOptions, own_settings
from classchat.commandline import COMPLETING, OF_EVERY_COMMAND, CommandLine, Line
from classchat.option_spellings import Spellings
from classchat.option_table import Misuse, Option
from classchat.parts import PARTS, Part, lines

_PATHS = {"FILE": "file", "FROM": "file", "TO": "file", "DIR": "dir", "DIRECTORY": "dir"}
"""What the shell is to complete itself, by placeholder."""


@dataclass
class _Typed:
    """The words before the one to complete."""

    parts: Mapping[str, Part] = field(default_factory=lambda: PARTS)
    """The commands that may follow."""
    kind: type[CommandLine] | None = ClientOptions
    """The command whose options may follow; None if a subcommand has to be named first."""
    plain: list[str] = field(default_factory=list)
    """The words of the command that are neither options nor their values."""
    given: set[str] = field(default_factory=set)
    """The names of the options that were given."""
    waiting: Option | None = None
    """The option whose value comes next."""
    ended: bool = False
    """Whether `--` has ended the options."""

    @property
    def options(self) -> Sequence[Option]:
        """The options that may follow."""
        return self.kind.options if self.kind else ()

    def add(self, word: str) -> None:
        """Add the next word."""
        if self.waiting and not (self.waiting.alone and word.startswith("--")):
            self.waiting = None
        elif self.ended or not word.startswith("-") or word == "-":
            self._add_plain(word)
        else:
            self._add_option(word)

    def _add_plain(self, word: str) -> None:
        if self.plain or word not in self.parts:
            self.plain.append(word)
            return
        part = self.parts[word]
        self.parts = part.parts
        self.kind = None if part.parts else part.line(word).kind

    def _add_option(self, word: str) -> None:
        self.ended = word == "--"
        option, has_value = _option(word, self.options)
        if option is None and not self.ended:  # the command that it belongs to comes later
            every = (option for line in lines(self.parts) for option in line.kind.options)
            option, has_value = _option(word, [*every])
        if option:
            self.waiting = None if has_value or not option.value else option
            self.given.add(option.name)


def _option(word: str, options: Sequence[Option]) -> tuple[Option | None, bool]:
    """Return the option that a word means, if any, and whether its value is part of the word."""
    name, equals, _ = Spellings(options).split(word)
    return next((option for option in options if name in option.spellings), None), bool(equals)


def offered(words: Iterable[str], begun: str) -> list[CompletionItem]:
    """Return what may stand after `words` where a word has been `begun`, in the order of the tables."""
    typed = _Typed()
    for word in words:
        typed.add(word)
    name, equals, value = begun.partition("=")
    if equals and begun.startswith("--"):  # zsh and fish hand over option and value as one word
        typed.add(name)
        items = _values(typed.waiting.value if typed.waiting else "", value)
        return [CompletionItem(f"{name}={item.value}", item.type, item.help) for item in items]
    if typed.waiting and not (typed.waiting.alone and begun.startswith("--")):
        return _values(typed.waiting.value, begun)
    if begun.startswith("-") and not typed.ended:
        return _begins(begun, _options(typed))
    return [*_begins(begun, _commands(typed)), *_words(typed, begun)]


def _begins(begun: str, items: Iterable[CompletionItem]) -> list[CompletionItem]:
    return [item for item in items if item.value.startswith(begun)]


def _options(typed: _Typed) -> Iterator[CompletionItem]:
    for option in typed.options:
        if option.repeatable or option.name not in typed.given:
            yield CompletionItem(option.long, help=option.help)
    for spelling, text in OF_EVERY_COMMAND:
        yield CompletionItem(spelling, help=text)


def _commands(typed: _Typed) -> Iterator[CompletionItem]:
    """Yield the commands that may follow; after `help`, those that it may be asked about."""
    parts = typed.parts
    if typed.kind and typed.kind.usages[0].startswith("[COMMAND"):
        parts = PARTS
        for word in typed.plain:
            parts = parts[word].parts if word in parts else {}
    elif typed.plain:
        return
    for name, part in parts.items():
        yield CompletionItem(name, help=part.summary)


def _words(typed: _Typed, begun: str) -> Iterator[CompletionItem]:
    """Yield what may be the next word, by the command's usages."""
    offered = dict[str, CompletionItem]()
    for usage in typed.kind.usages if typed.kind else ():
        placeholders = _placeholders(usage)
        if len(typed.plain) < len(placeholders):
            items = _values(placeholders[len(typed.plain)], begun)
            offered |= {item.value: item for item in items}
    yield from offered.values()


def _placeholders(usage: str) -> list[str]:
    """Return the placeholders of a usage's words, without options: `[ROOM] [--svg FILE]` has ROOM."""
    words = usage.replace(" | ", "|").replace("[options]", "")
    words = re.sub(r"--\S+( [A-Z|a-z]+)?|\[[:#][^]]*\]", "", words)
    return words.replace("[", " ").replace("]", " ").split()


def _values(placeholder: str, begun: str) -> list[CompletionItem]:
    """Return what a placeholder stands for: its fixed words, files, or the servers in config.toml."""
    alternatives = placeholder.split("|")
    for path in filter(None, map(_PATHS.get, alternatives)):
        return [CompletionItem(begun, path)]
    words = [word for word in alternatives if re.fullmatch(r"[a-z-]+", word)]
    if "@SERVER" in alternatives:
        with suppress(SystemExit):  # config.toml is not valid: the client says so, not a Tab
            words += [f"@{name}" for name in own_settings().servers]
    return [CompletionItem(word) for word in words if word.startswith(begun)]


class _FromTables(ShellComplete):
    """A shell that is offered what the tables have."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return what may follow."""
        return offered(args, incomplete)


class _Bash(_FromTables, BashComplete):
    """bash, which cuts `--option=value` into three words."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return what may follow."""
        return offered([word for word in args if word != "="], "" if incomplete == "=" else incomplete)


class _Zsh(_FromTables, ZshComplete):
    """zsh."""


class _Fish(_FromTables, FishComplete):
    """fish."""


_SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def _shell(name: str) -> ShellComplete:
    return _SHELLS[name](click.Command("classchat"), {}, "classchat", COMPLETING)


def answer(asked: str) -> None:
    """Print what Tab offers, to the script that has `asked`, as `bash_complete`.

    Raises:
        SystemExit: a script of ClassChat would not ask so.
    """
    name, _, verb = asked.partition("_")
    if name not in _SHELLS or verb != "complete":
        raise SystemExit(1)
    try:
        print(_shell(name).complete())
    except (KeyError, ValueError):  # no words in the environment
        raise SystemExit(1) from None


class CompletionOptions(CommandLine):
    """The arguments of `classchat completion`."""

    program = "classchat completion"
    usages = ("|".join(_SHELLS),)
    about = (
        "Prints a script that lets Tab complete commands, options and values. Each shell looks for it in a"
        " place of its own: docs/operations.md."
    )

    def parseArgs(self, *words: str) -> None:
        """Read the shell's name."""
        if len(words) != 1 or words[0] not in _SHELLS:
            raise Misuse(f"Expected one of {', '.join(_SHELLS)}")
        self["shell"] = words[0]


LINE = Line(CompletionOptions, lambda line: print(_shell(line["shell"]).source()))
