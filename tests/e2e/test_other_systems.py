"""The client can be imported without the modules that other systems lack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

IMPORT_ALL = """
import importlib, os, pkgutil, select, signal, sys
import classchat.client

def modules():
    found = pkgutil.walk_packages(classchat.client.__path__, "classchat.client.")
    return ["classchat.cli", *(each.name for each in found)]

for name in modules():  # what Twisted and the standard library have of their own is there on each system
    importlib.import_module(name)
for name in [name for name in sys.modules if name.partition(".")[0] == "classchat"]:
    del sys.modules[name]
for name in ("curses", "_curses", "fcntl", "termios", "tty", "pty", "pwd", "grp", "resource"):
    sys.modules[name] = None
for name in ("SIGHUP", "SIGTSTP", "SIGWINCH", "SIGCONT", "SIGUSR1", "SIGKILL"):
    delattr(signal, name)
for name in ("kill", "fork", "getuid", "get_blocking", "set_blocking", "pidfd_open"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("epoll", "poll", "kqueue"):
    if hasattr(select, name):
        delattr(select, name)
for name in modules():
    importlib.import_module(name)
print(len(modules()))

from classchat.client.tty.stdio import restored_terminal, screen_is_possible
os.environ["TERM"], os.isatty = "xterm", lambda _: True
with restored_terminal():
    print(screen_is_possible())
"""


def test_imports(tmp_path: Path) -> None:
    """No module of the client needs what Windows or macOS lacks; without termios it uses line mode."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    modules, screen = (*done.stdout.split(), "", "")[:2]

    assert ("", "False") == (done.stderr, screen)
    assert int(modules) > 30
