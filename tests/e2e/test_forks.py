"""Forks of `classchat` behave as the installed command does."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.forks import SHELL, Forks
from tests.e2e.helpers import CLASSCHAT, PLAIN, TWISTD, Process, Server, Terminal


def surroundings(pid: int) -> dict[str, object]:
    """Return what a process has open, its masks of signals, and its directory."""
    place = Path(f"/proc/{pid}")
    status = (place / "status").read_text()
    files = sorted(re.sub(r"\d+", "N", os.readlink(file)) for file in (place / "fd").iterdir())
    return {
        "files": files,
        "signals": re.findall(r"^(?:SigBlk|SigIgn|SigCgt):\t(.*)", status, re.MULTILINE),
        "directory": os.readlink(place / "cwd"),
    }


@pytest.fixture
def both(tmp_path: Path, mother: Forks, keep: Callable[..., Process]) -> Callable[..., list[Process]]:
    """Start a command twice: as a user does, and by forking."""
    return lambda *command: [keep(Process(command, tmp_path, forks=forks)) for forks in (None, mother)]


def test_the_same_surroundings(both: Callable[..., list[Process]], server: Server) -> None:
    """A fork has the files, the handling of signals and the directory of an installed command."""
    started, forked = both(*CLASSCHAT, f"127.0.0.1:{server.port}")
    for one, name in ((started, "Alice"), (forked, "Bob")):
        one.says(name)
        one.sees(f"[SUCCESS] Welcome to ClassChat, {name}!")

    assert surroundings(started.pid) == surroundings(forked.pid)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (CLASSCHAT, "version"),
        (CLASSCHAT, "--help"),
        (CLASSCHAT, "export"),
        (CLASSCHAT, "export --room CS350"),
        (TWISTD, "--nodaemon classchat --port many"),
    ],
)
def test_the_same_end(both: Callable[..., list[Process]], command: tuple[str], words: str) -> None:
    """A fork ends with the same output and exit code."""
    ends = [(one.ends(), one.out, one.err) for one in both(*command, *words.split())]

    assert ends[0] == ends[1]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_the_same_death(server: Server, number: signal.Signals) -> None:
    """The exit code of a fork tells by which signal it ended, as Python says it of other processes."""
    server.signals(number)

    assert -number == server.ends()


def test_the_same_terminal(
    tmp_path: Path, mother: Forks, keep: Callable[..., Terminal], server: Server
) -> None:
    """A fork has the terminal to itself, as an installed command has."""
    command = [*PLAIN, f"127.0.0.1:{server.port}"]
    terminals = [keep(Terminal(command, tmp_path, forks)) for forks in (None, mother)]
    for one in terminals:
        one.is_asked("Enter your username: ")
    of_processes = [surroundings(one.pid) for one in terminals]
    leaders = [(os.getsid(one.pid) == one.pid, os.getpgid(one.pid) == one.pid) for one in terminals]
    for one in terminals:
        one.presses("c")

    assert of_processes[0] == of_processes[1]
    assert [(True, True)] * 2 == leaders
    assert [0, 0] == [one.ends() for one in terminals]


def test_the_same_shell(tmp_path: Path, mother: Forks, keep: Callable[..., Terminal], server: Server) -> None:
    """What a forked shell runs has the files and signals of any shell's command, and is reported alike."""
    reports = [tmp_path / "started", tmp_path / "forked"]
    shells = [
        keep(Terminal([*SHELL, str(report), *PLAIN, server.address_of(report.name)], tmp_path, forks))
        for report, forks in zip(reports, (None, mother), strict=True)
    ]
    for one in shells:
        one.is_asked()
    commands = [int(report.with_suffix(".pid").read_text()) for report in reports]
    of_processes = [surroundings(pid) for pid in commands]
    groups = [os.getpgid(pid) == one.pid for pid, one in zip(commands, shells, strict=True)]
    for one in shells:
        one.presses("c")
        one.ends()
    told = [json.loads(report.read_text()) for report in reports]

    assert of_processes[0] == of_processes[1]
    assert [True, True] == groups
    assert told[0] == told[1]


def test_one_mother(tmp_path: Path, mother: Forks, keep: Callable[..., Any]) -> None:
    """All processes of a run share one mother, which goes on when one of them ends."""
    another = keep(Forks(mother.run))
    started = [keep(Process(PLAIN, tmp_path, forks=forks)) for forks in (mother, another)]
    another.close()
    started.append(keep(Process(PLAIN, tmp_path, forks=mother)))
    status = [Path(f"/proc/{one.pid}/status").read_text() for one in started]

    assert 1 == len({re.findall(r"PPid:\t(.*)", text)[0] for text in status})
