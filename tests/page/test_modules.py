"""The modules of the page: those without DOM tested by Node, and the types of all checked by TypeScript."""

from __future__ import annotations

import re
import subprocess

from tests.tools import ROOT, tool

_LONGEST = 150
"""Seconds that a command may take: these compute, and on a busy machine that takes ten times as long."""


def run(*command: str) -> tuple[int, str]:
    """Run a command in the root of the project; return its exit code and its output."""
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_LONGEST, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def test_modules_without_dom() -> None:
    """All tests in tests/page/*.test.js pass."""
    files = sorted(str(path) for path in ROOT.glob("tests/page/*.test.js"))
    all_of_them = "for (const file of process.argv.slice(1)) await import(file);"  # in one process
    code, output = run(
        tool("node"), "--test-reporter=tap", "--input-type=module", "--eval", all_of_them, *files
    )
    passed = re.search(r"^# pass ([1-9]\d*)$", output, re.MULTILINE)

    assert (0, True) == (code, passed is not None), output


def test_types() -> None:
    """The JSDoc types of all modules agree, as strictly as tsconfig.json says."""
    tool("node")  # which runs tsc
    code, output = run(tool("tsc"), "--project", "tsconfig.json")

    assert (0, "") == (code, output)
