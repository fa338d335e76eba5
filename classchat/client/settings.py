"""The user's settings in `config.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classchat.client.link.addresses import fingerprint

_TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%I:%M %p")


class SettingsError(Exception):
    """The file is not valid; the argument says in which line, and why."""


@dataclass(frozen=True)
class Settings:
    """The settings of a file; the keys are those of the options."""

    options: Mapping[str, Any] = field(default_factory=dict)
    servers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The host, port, name, password-file, `tls` and fingerprint of each `[servers.NAME]`."""


def _flag(value: str) -> bool:
    raise ValueError(f"'{value}' is neither true nor false")


def _time_format(value: str) -> str:
    if value not in _TIME_FORMATS:
        raise ValueError(f"'{value}' is not a time format: use {', '.join(_TIME_FORMATS)}")
    return value


ReadOption = Callable[[str], Any]


def read_settings(path: Path, readers: Mapping[str, ReadOption]) -> Settings:
    """Return the settings of a file; none if there is no file.

    `readers` read the options that may stand in the file, and raise ValueError with a sentence.

    Raises:
        SettingsError: it can't be read, or is not valid.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Settings()
    except UnicodeDecodeError:
        raise SettingsError(f"Can't read {path}: it is not UTF-8. Save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(f"Can't read {path}: {error.strerror}") from None
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from None
    return _Reading(path, text.splitlines(), readers).settings(found)


@dataclass(frozen=True)
class _Reading:
    path: Path
    lines: list[str]
    readers: Mapping[str, ReadOption]

    def settings(self, found: dict[str, Any]) -> Settings:
        servers = found.pop("servers", {})
        if not isinstance(servers, dict):
            raise self._wrong("servers", "", "write a table [servers.NAME] for each")
        readers = {**self.readers, "colors": _flag, "time_format": _time_format}
        places: dict[str, ReadOption] = {
            key: self.readers[key] for key in ("host", "port", "name", "password-file")
        }
        places |= {"tls": _flag, "fingerprint": fingerprint}
        return Settings(
            self._table(found, readers, ""),
            {name: self._table(table, places, f"servers.{name}") for name, table in servers.items()},
        )

    def _table(self, table: object, readers: Mapping[str, ReadOption], header: str) -> dict[str, Any]:
        if not isinstance(table, dict):
            raise self._wrong(header.rpartition(".")[2], "servers", "write a table [servers.NAME] for each")
        return {key: self._value(key, value, readers, header) for key, value in table.items()}

    def _value(self, key: str, value: object, readers: Mapping[str, ReadOption], header: str) -> Any:
        if key not in readers:
            raise self._wrong(key, header, f"unknown setting '{key}'; known settings: {', '.join(readers)}")
        if readers[key] is _flag and isinstance(value, bool):
            return value
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self._wrong(key, header, f"'{key}' must be a text or a number")
        try:
            return readers[key](str(value))
        except ValueError as error:
            raise self._wrong(key, header, str(error)) from None

    def _wrong(self, key: str, header: str, reason: str) -> SettingsError:
        """Return the error about a key, with its line and table."""
        here = ""
        named = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]|\s*\[\s*{re.escape(key)}\s*[.\]]")
        for number, line in enumerate(self.lines, 1):
            table = re.match(r"\s*\[([^\]]*)\]", line)
            if here == header and named.match(line):
                return SettingsError(f"{self.path}, line {number}: {reason}")
            here = re.sub(r"[\s\"']", "", table[1]) if table else here
        inline = re.compile(rf"(?<!\w){re.escape(key)}[\"']?\s*=")  # as in school = {{ host = "x" }}
        number = next((number for number, line in enumerate(self.lines, 1) if inline.search(line)), 0)
        return SettingsError(f"{self.path}{f', line {number}' if number else ''}: {reason}")
