"""Real IRC clients sign in, talk, read history and leave, as docs/irc.md describes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Connect, StartProcess, StartTerminal
from tests.e2e.helpers import RawClient, Server, claim
from tests.e2e.irc_clients import Framework, Irssi, WeeChat, hex_of

_UNSENT = "Your question was not sent. Ask it so: /msg Class ask #CS350"


@pytest.fixture
def teacher(server: Server, connect: Connect) -> RawClient:
    """Return a member of the room CS350 who speaks JSON."""
    teacher = connect(server.port, "Teacher")
    teacher.asks("create", "CS350")
    teacher.says()
    teacher.asks("group", "CS350", "said before")
    teacher.says()
    return teacher


def fingerprint_of(server: Server) -> str:
    """Return the fingerprint that a server has printed."""
    server.wait(lambda: "fingerprint: " in server.out.decode(), "a fingerprint")
    return server.out.decode().partition("fingerprint: ")[2].split()[0]


@pytest.fixture
def account(server: Server, tmp_path: Path) -> str:
    """Register the name Alice while the server runs; return its password."""
    claim(tmp_path / "classchat.sqlite", "Alice", "a-long-password")
    return "a-long-password"


def test_weechat(server: Server, teacher: RawClient, process: StartProcess, tmp_path: Path) -> None:
    """WeeChat joins, shows what was said before, talks and leaves."""
    weechat = WeeChat(process, tmp_path, server.port, "-nicks=Wee", "-autojoin=#CS350")

    weechat.shows("#cs350", "said before")
    assert ["group", "SERVER", "CS350", "Wee has joined the chat room"] == teacher.says()
    weechat.types("!ask Why?", "t.#CS350")
    weechat.shows("#cs350", _UNSENT)
    weechat.types("!vote 2", "t.#CS350")
    weechat.shows("#cs350", "There is no poll here")
    weechat.types("hello from WeeChat", "t.#CS350")
    assert ["group", "Wee", "CS350", "hello from WeeChat"] == teacher.says()
    teacher.asks("group", "CS350", "hello from JSON")
    weechat.shows("#cs350", "hello from JSON")
    weechat.types("/topic today: sets", "t.#CS350")
    weechat.shows("#cs350", "only moderators of room 'CS350' can")
    weechat.types("/quit")
    assert 0 == weechat.ends()


def test_weechat_with_an_account(
    server: Server, account: str, teacher: RawClient, process: StartProcess, tmp_path: Path
) -> None:
    """WeeChat signs in by SASL, over TLS with the fingerprint that the server prints."""
    weechat = WeeChat(
        process,
        tmp_path,
        server.port,
        "-ssl",
        f"-ssl_fingerprint={hex_of(fingerprint_of(server))}",
        "-nicks=Somebody",
        "-sasl_username=Alice",
        f"-sasl_password={account}",
        "-autojoin=#CS350",
    )

    weechat.shows("server", "SASL authentication successful")
    assert ["group", "SERVER", "CS350", "Alice has joined the chat room"] == teacher.says()
    weechat.types("/quit")
    assert 0 == weechat.ends()


def test_irssi(server: Server, teacher: RawClient, terminal: StartTerminal, tmp_path: Path) -> None:
    """Irssi joins, waits for the modes, talks and leaves. It knows no times: it shows no history."""
    irssi = Irssi(terminal, tmp_path)

    irssi.types(f"/connect 127.0.0.1 {server.port} '' Irs")
    irssi.shows("Welcome to the ClassChat network")
    irssi.types("/join #CS350")
    irssi.shows("Join to #CS350 was synced")
    assert ["group", "SERVER", "CS350", "Irs has joined the chat room"] == teacher.says()
    irssi.types("hello from irssi")
    assert ["group", "Irs", "CS350", "hello from irssi"] == teacher.says()
    teacher.asks("group", "CS350", "hello from JSON")
    assert ["group", "Teacher", "CS350", "hello from JSON"] == teacher.says()
    irssi.shows("hello from JSON")
    irssi.types("/quit bye")
    assert ["group", "SERVER", "CS350", "Irs has left the chat room"] == teacher.says()
    assert 0 == irssi.ends()


def test_the_lounge(server: Server, teacher: RawClient, process: StartProcess) -> None:
    """irc-framework joins, talks, asks for history and hears an answer; others see all of it."""
    lounge = Framework(
        process, {"host": "127.0.0.1", "port": server.port, "nick": "Lou", "enable_chghost": True}
    )
    lounge.hears("registered", nick="Lou")
    lounge.does("join", "#CS350")
    lounge.hears("join", nick="Lou", channel="#CS350")
    teacher.says()

    lounge.does("say", "#CS350", "!ask Why?")
    lounge.hears("message", nick="Class", type="notice", message=f"[#CS350] {_UNSENT} QUESTION")
    lounge.does("say", "#CS350", "!vote 2")
    lounge.hears("message", nick="Class", type="notice", message="[#CS350] There is no poll here")
    lounge.does("say", "#CS350", "hello from The Lounge")
    assert ["group", "Lou", "CS350", "hello from The Lounge"] == teacher.says()
    teacher.asks("group", "CS350", "hello from JSON")
    lounge.hears("message", nick="Teacher", message="hello from JSON")
    teacher.asks("private", "Lou", "psst")
    lounge.hears("message", nick="Teacher", target="Lou", message="psst")
    lounge.hears("batch end chathistory", texts=["said before"])
    lounge.does("raw", "CHATHISTORY LATEST #CS350 * 10")
    texts = ["said before", "hello from The Lounge", "hello from JSON"]
    lounge.hears("batch end chathistory", texts=texts)
    lounge.does("quit", "bye")
    lounge.ends()


def test_the_lounge_with_an_account(
    server: Server, account: str, teacher: RawClient, process: StartProcess
) -> None:
    """irc-framework signs in by SASL over TLS; with a wrong password it is not signed in."""
    place = {"host": "127.0.0.1", "port": server.port, "tls": True, "rejectUnauthorized": False}
    wrong = Framework(
        process, {**place, "nick": "Alice", "account": {"account": "Alice", "password": "wrong"}}
    )
    wrong.hears("sasl failed")

    lounge = Framework(
        process, {**place, "nick": "Lou", "account": {"account": "Alice", "password": account}}
    )
    lounge.hears("loggedin", account="Alice")
    lounge.hears("registered", nick="Alice")
    lounge.does("join", "#CS350")
    assert ["group", "SERVER", "CS350", "Alice has joined the chat room"] == teacher.says()
    lounge.does("quit", "bye")
    lounge.ends()


def test_irssi_with_an_account(
    server: Server, account: str, teacher: RawClient, terminal: StartTerminal, tmp_path: Path
) -> None:
    """Irssi signs in by SASL, over TLS with the printed fingerprint, and refuses another one."""
    irssi = Irssi(terminal, tmp_path)
    digits = hex_of(fingerprint_of(server)).upper()
    pairs = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))

    irssi.types(f"/network add -sasl_mechanism PLAIN -sasl_username Alice -sasl_password {account} class")
    irssi.types(
        f"/connect -tls -notls_verify -tls_pinned_cert AA{pairs[2:]} -network class 127.0.0.1 {server.port}"
    )
    irssi.shows("Pinned certificate mismatch")
    irssi.types(
        f"/connect -tls -notls_verify -tls_pinned_cert {pairs} -network class 127.0.0.1 {server.port}"
    )
    irssi.shows("SASL authentication succeeded")
    irssi.shows("Welcome to the ClassChat network")
    irssi.types("/join #CS350")
    assert ["group", "SERVER", "CS350", "Alice has joined the chat room"] == teacher.says()
    irssi.types("/quit")
    assert 0 == irssi.ends()
