"""Which servers are measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import __main__, servers, turns


def test_a_server_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that is not installed is skipped, with a line that says how to install it."""
    there, missing = (replace(one, installed=lambda: True) for one in servers.SERVERS[:2])
    missing = replace(missing, installed=lambda: False, install="apt-get install it")
    other = replace(missing, name="other")
    monkeypatch.setattr(__main__, "SERVERS", (there, missing, other))

    assert [there] == __main__.installed([there.name, missing.name])
    assert capsys.readouterr().out == f"{missing.name} is not installed: skipped (apt-get install it).\n"


def test_websocket_is_compared_with_the_same_server() -> None:
    """The server whose clients speak WebSocket differs from ClassChat in nothing else."""
    assert servers.WEBSOCKET == replace(servers.CLASSCHAT, name="websocket", websocket=1)


def test_irc_is_compared_with_the_same_server() -> None:
    """The servers whose clients speak IRC differ from ClassChat, and from each other, in nothing else."""
    assert servers.IRC == replace(servers.CLASSCHAT, name="irc", irc=True)
    assert servers.TAGS == replace(servers.IRC, name="irc-tags", capabilities=1)
    assert servers.FIVE == replace(servers.IRC, name="irc-five", capabilities=5)


def test_the_ratio_of_turns() -> None:
    """Each figure is divided by that of its own turn, for both had the same to put up with."""
    assert turns.compared([1.0, 10.0, 2.0], [1.1, 13.0, 2.4]) == pytest.approx(1.2)
