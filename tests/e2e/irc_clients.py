"""Real IRC clients: WeeChat and irssi from Debian, and irc-framework, the engine of The Lounge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.helpers import Process, Terminal
from tests.tools import tool

_FRAMEWORK = Path(__file__).with_name("irc_framework.mjs")


def hex_of(fingerprint: str) -> str:
    """Return the digits of a fingerprint as the server prints it: `sha256:` and digits."""
    return fingerprint.removeprefix("sha256:")


class WeeChat:
    """`weechat-headless`: it obeys what is written to its pipe, and logs what it would show."""

    def __init__(self, start: Callable[..., Process], home: Path, port: int, *options: str) -> None:
        """Connect to a server on a port, with these options of its `/server add`."""
        self._home = home / "weechat"
        self._start = start
        commands = [
            f"/set fifo.file.path {self._home}/pipe",
            "/set logger.file.flush_delay 0",
            "/set irc.server_default.anti_flood_prio_high 0",
            f"/server add t 127.0.0.1/{port} {' '.join(options)}",
            "/connect t",
        ]
        run = [part for command in commands for part in ("-r", command)]
        self._process = start(tool("weechat-headless"), "--stdout", "-d", str(self._home), *run)
        self._logs: dict[str, Process] = {}

    def types(self, text: str, buffer: str = "server.t") -> None:
        """Type a line in one of its windows: the server's, or `t.#room`."""
        self.shows("core", "pipe opened" if not self._logs else "")
        with (self._home / "pipe").open("w") as pipe:
            pipe.write(f"irc.{buffer} *{text}\n")

    def shows(self, window: str, part: str) -> None:
        """Wait until a window has a line with this part: `core`, `server`, or a room with `#`."""
        name = {"core": "core.weechat", "server": "irc.server.t"}.get(window, f"irc.t.{window}")
        log = self._logs.get(name)
        if log is None:
            path = self._home / "logs" / f"{name}.weechatlog"
            log = self._logs[name] = self._start("tail", "-n", "+1", "-s", "0.1", "-F", str(path))
        log.wait(lambda: part in log.out.decode(errors="replace"), part)

    def ends(self) -> int:
        """Wait until it has ended; return its exit code."""
        return self._process.ends()


class Irssi:
    """irssi in a terminal."""

    def __init__(self, start: Callable[..., Terminal], home: Path) -> None:
        self._home = home / "irssi"
        self._home.mkdir()
        settings = '"irc/core" = { "cmd_queue_speed" = "10msec"; }'
        (self._home / "config").write_text(f"settings = {{ {settings}; }};\n")
        self._terminal = start(tool("irssi"), f"--home={self._home}")
        self.shows("[(status)]")

    def types(self, text: str) -> None:
        """Type a line."""
        self._terminal.keys(f"{text}\r")

    def shows(self, part: str) -> None:
        """Wait until its window shows this part of a line."""
        self._terminal.waits_for(lambda screen: any(part in line for line in screen))

    def ends(self) -> int:
        """Wait until it has ended; return its exit code."""
        return self._terminal.ends()


class Framework:
    """irc-framework in Node: it obeys JSON on its input, and prints each event as JSON."""

    def __init__(self, start: Callable[..., Process], options: dict[str, Any]) -> None:
        """Connect with these options of irc-framework."""
        tool("irc-framework")
        self._process = start(tool("node"), str(_FRAMEWORK), json.dumps(options))

    def does(self, method: str, *arguments: str) -> None:
        """Call a method of the client."""
        self._process.says(json.dumps([method, *arguments]))

    def hears(self, event: str, **fields: object) -> dict[str, Any]:
        """Wait for an event with these fields; return it."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            for line in self._process.lines:
                name, data = json.loads(line)
                if name == event and all(data.get(key) == value for key, value in fields.items()):
                    found.append(data)
                    return True
            return False

        self._process.wait(look, f"{event} {fields}")
        return found[0]

    def ends(self) -> int:
        """Wait until it has ended; return its exit code."""
        return self._process.ends()
