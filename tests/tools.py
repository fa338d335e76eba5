"""Programs that some tests use and pip does not install: their tests are skipped, but never in CI.

`python3 tests/tools.py` prints the Debian packages that are missing here; it needs nothing that is installed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Tool(NamedTuple):
    """A program or a library: where it may be, and the Debian packages that bring it, or none for npm's."""

    places: tuple[str, ...]
    packages: tuple[str, ...] = ()


def _npm(path: str) -> Tool:
    """Return a tool that `npm install` brings, because package.json names it."""
    return Tool((str(ROOT / "node_modules" / path),))


_TOOLS = {
    "bash": Tool(("bash",), ("bash",)),
    "caddy": Tool(("caddy",), ("caddy",)),
    "cc": Tool(("cc",), ("gcc", "libc6-dev")),
    "chromium": Tool(
        # The shell has no window that nobody sees: a page costs it a fifth of the processor time.
        (
            "chromium-headless-shell",
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ),
        ("chromium-headless-shell", "fonts-dejavu-core"),
    ),
    "docker-compose": Tool(("docker-compose",), ("docker-compose",)),
    "fish": Tool(("fish",), ("fish",)),
    "haproxy": Tool(("haproxy", "/usr/sbin/haproxy"), ("haproxy",)),
    "irc-framework": _npm("irc-framework/package.json"),
    "irssi": Tool(("irssi",), ("irssi",)),
    "mandoc": Tool(("mandoc",), ("mandoc",)),
    "nginx": Tool(("nginx", "/usr/sbin/nginx"), ("nginx",)),
    "node": Tool(("node",), ("nodejs",)),
    "npm": Tool(("npm",), ("npm",)),
    "initdb": Tool(
        ("initdb", *(f"/usr/lib/postgresql/{version}/bin/initdb" for version in range(20, 12, -1))),
        ("postgresql",),
    ),
    "tsc": _npm(".bin/tsc"),
    "weechat-headless": Tool(("weechat-headless",), ("weechat-headless", "weechat-plugins")),
    "zsh": Tool(("zsh",), ("zsh",)),
}
"""Everything that the tests use besides Python's packages: a new program or library needs one line here."""


def find(name: str) -> str | None:
    """Return the path of a program or library, or None if it is not installed."""
    return next(filter(None, map(_path_of, _TOOLS[name].places)), None)


def _path_of(place: str) -> str | None:
    """Return the path of a program, or of anything whose whole path is given."""
    return shutil.which(place) or (place if os.path.isabs(place) and os.path.exists(place) else None)


def missing_packages() -> list[str]:
    """Return the Debian packages of all programs that are not installed."""
    return [package for name, tool in _TOOLS.items() if not find(name) for package in tool.packages]


def how_to_install() -> str:
    """Return one line of shell that installs every program that is missing."""
    sudo = "sudo " if os.geteuid() and shutil.which("sudo") else ""
    packages = " ".join(missing_packages())
    steps = [f"{sudo}apt-get install -y --no-install-recommends {packages}"] if packages else []
    if any(not tool.packages and not find(name) for name, tool in _TOOLS.items()):
        steps.append("npm install")
    return " && ".join(steps)


def tool(name: str) -> str:
    """Return the path of a program; without it, skip the test, or fail it in CI.

    pytest shows tests that are skipped in the same place for the same reason as one line.
    """
    import pytest  # not above: .ci/run runs this file before anything is installed

    path = find(name)
    if path is not None:
        return path
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed: {how_to_install()}")
    pytest.skip(f"to run all tests: {how_to_install()}")


if __name__ == "__main__":
    print(*missing_packages())
