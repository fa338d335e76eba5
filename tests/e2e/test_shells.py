"""Completion in real shells, and the manual page as its readers see it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import StartProcess, StartTerminal
from tests.e2e.helpers import CLASSCHAT, environment
from tests.tools import tool

_SHELLS = {
    "bash": (("--norc", "--noprofile"), 'PS1="> "; eval "$(classchat completion bash)"'),
    "zsh": (("-f",), 'PS1="> "; autoload -U compinit; compinit -u; eval "$(classchat completion zsh)"'),
    "fish": (
        ("--no-config",),
        'function fish_prompt; echo "> "; end; function fish_title; end; classchat completion fish | source',
    ),
}
"""How each shell starts without settings, and what its user types to have completion."""


@pytest.mark.parametrize("shell", _SHELLS)
def test_tab(shell: str, terminal: StartTerminal, tmp_path: Path) -> None:
    """Tab completes commands, options, their values, and files."""
    (tmp_path / "students.sqlite").touch()
    options, setup = _SHELLS[shell]
    path = f"{Path(CLASSCHAT[0]).parent}{os.pathsep}{os.environ['PATH']}"
    user = terminal(tool(shell), *options, PATH=path, PS1="> ")
    user.keys(f"{setup}; echo re''ady\r")
    user.sees("ready")
    user.waits_for(
        lambda screen: screen[-1].strip() == ">"
    )  # what is typed earlier, the terminal itself shows
    user.keys("classchat jou\tche\t--jou\tstud\t")
    user.waits_for(lambda screen: screen[-1].endswith("> classchat journal check --journal students.sqlite "))
    user.keys("\x15")  # Ctrl+U empties the line
    user.waits_for(lambda screen: screen[-1].strip() == ">")
    user.keys("classchat serve --plaintext=lo\t")
    user.waits_for(lambda screen: screen[-1].endswith("> classchat serve --plaintext=local "))


def test_manual_page_is_sound(process: StartProcess, tmp_path: Path) -> None:
    """`mandoc` finds nothing to warn of in the manual page, and formats it."""
    made = process(*CLASSCHAT, "man")
    code = made.ends()
    (tmp_path / "classchat.1").write_bytes(made.out)
    here = environment(tmp_path)
    checked, shown = (
        subprocess.run(
            [tool("mandoc"), *options, "classchat.1"],
            cwd=tmp_path, env=here, capture_output=True, text=True, check=False,
        )
        for options in (("-T", "lint", "-W", "warning"), ("-T", "utf8"))
    )  # fmt: skip

    assert (0, "", "") == (code, checked.stdout, checked.stderr)
    assert shown.stdout.startswith("CLASSCHAT(1)")
