"""`classchat config`: checks a configuration file, and shows one with all options."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from classchat.commandline import CommandLine, Line
from classchat.configuration import CONFIG, DEFAULT, Configuration, Setting
from classchat.option_table import Misuse, Option, some_file
from classchat.options import check
from classchat.serve import ServeOptions
from classchat.streams import complain

_COLUMN = 44
"""The column at which it is said where a value comes from."""

_LINE = 92
"""The longest line of the example."""

_PASSWORD = re.compile(r"""(://[^/@\s]*?:)[^/@\s]*(?=@)|(\bpassword=)[^&\s"]*""")
"""A password in the URL of a journal: the server refuses it, and it is not shown here, either."""

_HEAD = """\
# All options of `classchat serve` and `twistd classchat`, with their defaults. Remove the
# '#' before an option to change it. Use the file with:
#
#     classchat serve --config classchat.toml
#     classchat config check classchat.toml
#
# An option on the command line counts more than here, and so does an environment variable:
# CLASSCHAT_MAX_TEXT is max-text. docs/options.md says more about each."""


class ConfigCheckOptions(CommandLine):
    """The options of `classchat config check`."""

    program = "classchat config check"
    usages = ("[FILE]",)
    about = (
        "Checks a configuration file and the environment, and shows which values a server would have, and "
        "where each comes from. The exit code is 1 if something is wrong."
    )

    def parseArgs(self, file: str | None = None) -> None:
        """Read the name of the file."""
        try:
            self["file"] = None if file is None else some_file(file)
        except ValueError as error:
            raise Misuse(f"FILE: {error}") from None


class ConfigExampleOptions(CommandLine):
    """`classchat config example` has no options of its own."""

    program = "classchat config example"
    usages = ("",)
    about = "Prints a configuration file with all options and their defaults, each explained."


def _check(asked: CommandLine) -> None:
    """Show what holds, or what is wrong.

    Raises:
        SystemExit: something is wrong.
    """
    named = {} if asked["file"] is None else {CONFIG: asked["file"]}
    configuration = Configuration(ServeOptions.options, named, os.environ)
    settings, problems = configuration.look()
    if not problems:
        try:
            check({name: setting.value for name, setting in settings.items()})
        except Misuse as error:
            problems.append(str(error))
    for key, meant in configuration.unknown_variables().items():
        hint = f": did you mean {meant}?" if meant else "."
        complain(f"classchat: {key} in the environment is not an option, and is ignored{hint}")
    for problem in problems:
        complain(f"classchat: {problem}" + ("" if problem.endswith(("?", ".")) else "."))
    if problems:
        raise SystemExit(1)
    for line in shown_settings(settings):
        print(line)


def shown_settings(settings: Mapping[str, Setting]) -> Iterator[str]:
    """Yield a line for each option, in TOML, with the source of its value; secrets are left out."""
    for option in ServeOptions.options:
        setting = settings.get(option.name)
        if setting is None:
            continue
        value = _toml(option, setting)
        if option.secret and setting.source != DEFAULT:
            yield f"# {option.name} is set".ljust(_COLUMN) + f"# {setting.source}"
        elif value is None:
            yield f"# {option.name}".ljust(_COLUMN) + f"# {option.shown or 'not set'}"
        else:
            yield f"{option.name} = {value}".ljust(_COLUMN) + f"# {setting.source}"


def _toml(option: Option, setting: Setting) -> str | None:
    """Return a value as it is written in a file; None if it has none."""
    value: Any = setting.value if setting.text is None else setting.text
    if value is None:
        return None
    if setting.source == DEFAULT and not option.is_number and _usual(option) is not None:
        value = _usual(option)
    if isinstance(value, bool):
        return "true" if value else "false"
    if option.is_number or isinstance(value, int | float):
        return str(value)
    return _PASSWORD.sub(r"\1\2…", json.dumps(value, ensure_ascii=False)).replace("\x7f", "\\u007f")


def example() -> Iterator[str]:
    """Yield the lines of a file with all options, each a comment."""
    yield from _HEAD.splitlines()
    options = (option for option in ServeOptions.options if option.name != CONFIG)
    for group, members in groupby(options, lambda option: option.group):
        yield ""
        yield f"## {group}"
        for option in members:
            yield ""
            yield from _wrapped(f"{option.help}{_notes(option)}")
            yield f"#{option.name} = {_example_of(option)}"


def _notes(option: Option) -> str:
    notes = filter(
        None, (getattr(option.read, "doc", ""), f"default: {option.shown}" if option.shown else "")
    )
    text = "; ".join(notes)
    return f" [{text}]" if text else ""


def _example_of(option: Option) -> str:
    if option.repeatable:
        return "[]"
    if not option.value:
        return "false"
    usual = _usual(option)
    if usual is None and option.default is not None:
        usual = option.usual if option.is_number else str(option.default)
    usual = option.value if usual is None else usual
    return usual if option.is_number else json.dumps(usual)


def _usual(option: Option) -> str | None:
    """Return the default in the form in which help shows it, if it can be written so."""
    if not option.shown or " " in option.shown:
        return None
    return option.shown if option.default is None or option.read(option.shown) == option.default else None


def _wrapped(text: str) -> Iterator[str]:
    line = "#"
    for word in text.split():
        if len(line) + 1 + len(word) > _LINE:
            yield line
            line = "#"
        line += f" {word}"
    yield line


def _show_example(asked: CommandLine) -> None:  # noqa: ARG001  as all
    for line in example():
        print(line)


LINES = {"check": Line(ConfigCheckOptions, _check), "example": Line(ConfigExampleOptions, _show_example)}
