"""Where the server's options come from; the first of these that names an option counts.

    the command line    --max-text 2000
    the environment     CLASSCHAT_MAX_TEXT=2000
    a file (TOML)       max-text = 2000              --config FILE, or CLASSCHAT_CONFIG
    the default         10000

A mistake is told with its place and key; the values of secret options are never shown.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from classchat.option_table import Misuse, Option, shown
from classchat.texts import one_line

PREFIX = "CLASSCHAT_"
"""How the names of environment variables begin."""

CONFIG = "config"
"""The option that names the file."""

DEFAULT = "default"
COMMAND_LINE = "command line"

_MOST_BYTES = 1_048_576
"""Bytes of a file that are read."""

_SIMILAR = 0.6  # difflib's ratio from which a key counts as a mistyped one
_ON = ("1", "true", "yes", "on")
_OFF = ("0", "false", "no", "off")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*[.=]""")


class Setting(NamedTuple):
    """The value of an option."""

    value: Any
    source: str
    """Where it comes from, such as `chat.toml, line 3`."""

    text: str | Sequence[str] | None = None
    """The value as it was written, unless it is from the command line or the default."""


class Configuration:
    """The options of one start of the server, which can be read again while it runs."""

    def __init__(
        self, options: Iterable[Option], given: Mapping[str, Any], environment: Mapping[str, str]
    ) -> None:
        """Read these options; `given` are the values from the command line, by name."""
        self._options = {option.name: option for option in options if option.name != CONFIG}
        self._given = given
        self._environment = {key: text for key, text in environment.items() if key.startswith(PREFIX)}
        file = given.get(CONFIG) or self._environment.get(variable(CONFIG))
        self.file = None if not file else os.path.abspath(file)
        """The file; None if none is named. A daemon may change its directory before it is read again."""

    def values(self) -> dict[str, Any]:
        """Return the values of all options, by name.

        Raises:
            Misuse: the file can't be read, or a value is wrong; the sentence says where.
        """
        settings, problems = self.look()
        if problems:
            raise Misuse(problems[0])
        return {name: setting.value for name, setting in settings.items()}

    def look(self) -> tuple[dict[str, Setting], list[str]]:
        """Return the right settings by name, and a sentence, without a full stop, for each mistake."""
        problems: list[str] = []
        settings = {name: _default(option) for name, option in self._options.items()}
        settings.update(self._from_file(problems))
        settings.update(self._from_environment(problems))
        for name, value in self._given.items():
            if name in self._options:
                settings[name] = Setting(value, COMMAND_LINE)
        return settings, problems

    def unknown_variables(self) -> dict[str, str]:
        """Return the variables of the environment that begin as ours, and name no option.

        For each of them, the variable that was probably meant is there as well; `""` if there is none.
        """
        known = {variable(name).removeprefix(PREFIX) for name in (CONFIG, *self._options)}
        unknown = sorted({key.removeprefix(PREFIX) for key in self._environment} - known)
        near = {key: get_close_matches(key, known, 1, _SIMILAR) for key in unknown}
        return {PREFIX + key: f"{PREFIX}{found[0]}" if found else "" for key, found in near.items()}

    def _from_environment(self, problems: list[str]) -> Iterator[tuple[str, Setting]]:
        for name, option in self._options.items():
            key = variable(name)
            text = self._environment.get(key)
            if text is None:
                continue
            try:
                written = text.split() if option.repeatable else text
                if option.value:
                    yield name, Setting(_read(option, written), key, written)
                else:
                    yield name, Setting(_flag(text), key)
            except ValueError as error:
                problems.append(f"{key}: {_told(option, error)}")

    def _from_file(self, problems: list[str]) -> Iterator[tuple[str, Setting]]:
        if self.file is None:
            return
        try:
            text = _contents(self.file)
            table = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            problems.append(f"'{one_line(self.file)}' is not valid TOML: {one_line(str(error))}")
            return
        except OSError as error:
            problems.append(f"The configuration file '{one_line(self.file)}' can't be read: {error.strerror}")
            return
        lines = _lines(text)
        for key, value in table.items():
            place = os.path.basename(self.file) + (f", line {lines[key]}" if key in lines else "")
            option = self._options.get(key)
            if option is None or isinstance(value, dict):
                problems.append(f"{place}: {self._unknown(key, value)}")
                continue
            try:
                written = _written(option, value)
                yield key, Setting(_read(option, written), place, written if option.value else None)
            except ValueError as error:
                problems.append(f"{place}: {key}: {_told(option, error)}")

    def _unknown(self, key: str, value: object) -> str:
        if isinstance(value, dict):
            return f"There are no tables in this file: remove [{shown(key)}], and keep what is in it"
        near = get_close_matches(key.replace("_", "-").lower(), self._options, 1, _SIMILAR)
        hint = f": did you mean {near[0]}?" if near else ": 'classchat config example' shows all options"
        return f"There is no option '{shown(key)}'{hint}"


def variable(name: str) -> str:
    """Return the environment variable of an option."""
    return PREFIX + name.upper().replace("-", "_")


def _default(option: Option) -> Setting:
    if option.repeatable:
        return Setting([], DEFAULT)
    return Setting(option.default if option.value else False, DEFAULT)


def _contents(file: str) -> str:
    """Return a file's text.

    Raises:
        OSError: it can't be read.
        ValueError: it is too large, or is not UTF-8.
    """
    with open(file, "rb") as opened:
        data = opened.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError("it is larger than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (at byte {error.start})") from None


def _lines(text: str) -> dict[str, int]:
    """Return the line of each key; a line within a text of several lines may look like another key's."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        found = _KEY.match(line) or re.match(r"\s*\[+\s*()()([A-Za-z0-9_-]+)", line)
        if found is not None:
            lines.setdefault(found[1] or found[2] or found[3], number)
    return lines


def _written(option: Option, value: object) -> Any:
    """Return a value of a file as it would be written on the command line.

    Raises:
        ValueError: it is of another type.
    """
    if not option.value:
        if not isinstance(value, bool):
            raise ValueError("expected true or false")
        return value
    if option.repeatable:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError(f'expected a list of texts, such as {option.name} = ["…", "…"]')
        return value
    if option.is_number:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("expected a number, without quotation marks")
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f'expected a text in quotation marks, such as {option.name} = "…"')
    return value


def _read(option: Option, written: Any) -> Any:
    if not option.value:
        return written
    return [option.read(one) for one in written] if option.repeatable else option.read(written)


def _flag(text: str) -> bool:
    if text.lower() not in (*_ON, *_OFF):
        raise ValueError(f"'{shown(text)}' is neither true nor false")
    return text.lower() in _ON


def _told(option: Option, error: ValueError) -> str:
    return "the value is not valid" if option.secret else one_line(str(error))


def given(options: Iterable[Option], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a command line has, without those of options that were left out."""
    found = {option.name: (values.get(option.name), option.repeatable) for option in options}
    return {
        name: list(value) if repeatable else value
        for name, (value, repeatable) in found.items()
        if not (value is None or value is False or (repeatable and not value))
    }
