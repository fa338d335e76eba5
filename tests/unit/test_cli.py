"""The `classchat` command: which part a command line is for."""

from __future__ import annotations

import runpy
import sys
from types import ModuleType

import pytest

from classchat import cli


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Put recorders where the two parts are, and return what they were called with."""
    recorded: list[tuple[str, list[str]]] = []
    for part in ("serve", "client.app", "export", "journal.command", "admin"):
        module = ModuleType(f"classchat.{part}")
        module.main = lambda words, part=part: recorded.append((part, words))  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"classchat.{part}", module)
    return recorded


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["serve"], ("serve", [])),
        (["serve", "0.0.0.0", "8080"], ("serve", ["0.0.0.0", "8080"])),
        (["serve", "serve"], ("serve", ["serve"])),
        (["export", "--room", "CS350"], ("export", ["--room", "CS350"])),
        (["journal", "check"], ("journal.command", ["check"])),
        (["admin", "audit"], ("admin", ["audit"])),
        ([], ("client.app", [])),
        (["127.0.0.1", "5555"], ("client.app", ["127.0.0.1", "5555"])),
        (["--help", "serve"], ("client.app", ["--help", "serve"])),
    ],
)
def test_each_part_is_handed_its_command_line(
    calls: list[tuple[str, list[str]]], words: list[str], call: tuple[str, list[str]]
) -> None:
    """`classchat serve` is the server, the tools are themselves, and everything else is the client's."""
    cli.main(words)

    assert [call] == calls


def test_the_process_has_a_command_line(
    calls: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called without one, `main` takes the command line of the process."""
    monkeypatch.setattr(sys, "argv", ["classchat", "serve", "localhost"])
    cli.main()

    assert [("serve", ["localhost"])] == calls


def test_python_m(calls: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m classchat` is the `classchat` command, and importing it is not."""
    monkeypatch.setattr(sys, "argv", ["classchat", "serve"])
    runpy.run_module("classchat", run_name="imported")
    before = list(calls)
    runpy.run_module("classchat", run_name="__main__")

    assert ([], [("serve", [])]) == (before, calls)


def test_the_servers_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`classchat serve --help` says how the server is used."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["serve", "--help"])

    assert not caught.value.code
    assert "Usage: classchat serve [options] [HOST [PORT]]" in capsys.readouterr().out
