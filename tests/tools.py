"""Programs that some tests use and pip does not install: their tests are skipped, but never in CI.

`python3 tests/tools.py` prints the Debian packages that are missing here; it needs nothing that is installed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]

_NAMES = {
    "caddy": ("caddy",),
    "cc": ("cc",),
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "irc-framework": (str(ROOT / "node_modules" / "irc-framework" / "package.json"),),
    "irssi": ("irssi",),
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "node": ("node",),
    "npm": ("npm",),
    "tsc": (str(ROOT / "node_modules" / ".bin" / "tsc"),),
    "weechat-headless": ("weechat-headless",),
}
_FROM_NPM = ("irc-framework", "tsc")
_PACKAGES = {
    "caddy": ("caddy",),
    "cc": ("gcc", "libc6-dev"),
    "chromium": ("chromium", "fonts-dejavu-core"),
    "irssi": ("irssi",),
    "nginx": ("nginx",),
    "node": ("nodejs",),
    "npm": ("npm",),
    "weechat-headless": ("weechat-headless", "weechat-plugins"),
}


def find(name: str) -> str | None:
    """Return the path of a program or a package, or None if it is not installed."""
    return next(filter(None, map(_path, _NAMES[name])), None)


def _path(name: str) -> str | None:
    return name if name.endswith(".json") and Path(name).exists() else shutil.which(name)


def missing_packages() -> list[str]:
    """Return the Debian packages of all programs that are not installed."""
    return [package for name, packages in _PACKAGES.items() if not find(name) for package in packages]


def how_to_install() -> str:
    """Return one line of shell that installs every program that is missing."""
    sudo = "sudo " if os.geteuid() and shutil.which("sudo") else ""
    packages = " ".join(missing_packages())
    steps = [f"{sudo}apt-get install -y --no-install-recommends {packages}"] if packages else []
    if not all(map(find, _FROM_NPM)):
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
