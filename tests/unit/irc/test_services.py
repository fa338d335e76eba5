"""What clients write to SERVER, NickServ and the services of other networks."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address

from classchat.irc.service_requests import REQUESTS
from classchat.irc.services import service
from tests.tables import each_case
from tests.unit.core.helpers import RIGHT
from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.servers.helpers import Caller

ELSEWHERE = IPv4Address("TCP", "192.0.2.7", 54321)


@pytest.fixture
def server() -> IRCServer:
    """Return a server where Alice moderates #x; Bob (IRC) and Joy (JSON) are in it."""
    server = IRCServer()
    alice, bob = server.irc("Alice", "Bob")
    (joy,) = server.signs_in("Joy")
    alice.sends("JOIN #x")
    server.settles()
    bob.sends("JOIN #x")
    joy.sends({"status": "join", "receiver": "x"})
    server.settles()
    server.forgets()
    return server


def told(server: IRCServer, who: Caller, *texts: str, service: str = "SERVER") -> list[str]:
    """Return what a service answers to some texts."""
    assert isinstance(who, IRCCaller)
    server.forgets()
    for text in texts:
        who.sends(f"PRIVMSG {service} :{text}")
        server.settles()
    answers = []
    for line in who.lines("NOTICE"):
        source, _, receiver, text = line.split(" ", 3)
        if receiver.startswith("#"):
            continue
        assert source.lower() == f":{service}!{service}@classchat.server".lower()
        answers.append(text.removeprefix(":"))
    return answers


def test_help_leads_to_all_requests(server: IRCServer, alice: IRCCaller) -> None:
    """`help`, and what is not understood, list what the server does, with the words that it takes."""
    lines = told(server, alice, "help")

    assert [request.usage for request in REQUESTS.values()] == [line.split(":")[0] for line in lines[1:-1]]
    assert lines == told(server, alice, "what can you do?") == told(server, alice, "")[:0] + lines


@pytest.mark.parametrize("spelling", ["SERVER", "server", "Server"])
def test_any_spelling(server: IRCServer, alice: IRCCaller, spelling: str) -> None:
    """The server is found in any spelling, and nobody is called that."""
    assert told(server, alice, "help", service=spelling)


def test_words_that_are_missing(server: IRCServer, alice: IRCCaller) -> None:
    """A request without its words is answered with its usage."""
    assert [f"Usage: /msg SERVER {request.usage}" for request in REQUESTS.values()] == [
        answer for word in REQUESTS for answer in told(server, alice, word)
    ]


# Passwords.


def test_a_name_is_registered(server: IRCServer, alice: IRCCaller) -> None:
    """`claim` registers the name, and its password can be changed."""
    answers = told(server, alice, f"claim {RIGHT}", f"claim {RIGHT}", "password wrong another-one")
    answers += told(server, alice, f"password {RIGHT.split()[0]} x")

    assert "'Alice' is registered now. From now on, sign in with your password." == answers[0]
    assert "The name 'Alice' is already registered. Use its password to sign in." == answers[1]
    assert ["Wrong name or password. Please try again."] * 2 == answers[2:]


def test_a_password_is_changed(server: IRCServer, alice: IRCCaller) -> None:
    """`password` changes the password: the old one and the new one have no spaces there."""
    told(server, alice, "claim first-password")

    assert ["Your password is changed. Your other devices need it to sign in again."] == told(
        server, alice, "password first-password second-password"
    )


def test_nickserv_registers(server: IRCServer, alice: IRCCaller) -> None:
    """`REGISTER` of NickServ does the same; an address for mail is ignored."""
    assert ["'Alice' is registered now. From now on, sign in with your password."] == told(
        server, alice, "REGISTER secret-password alice@example.org", service="NickServ"
    )
    assert ["You are signed in as 'Alice'. There is nothing to do."] == told(
        server, alice, "IDENTIFY secret-password", service="NickServ"
    )


@pytest.mark.parametrize(
    "text", ["IDENTIFY secret", "identify Alice secret", "HELP", "GHOST Alice secret", ""]
)
def test_nickserv_explains_how_to_sign_in(server: IRCServer, alice: IRCCaller, text: str) -> None:
    """Whatever else is written to NickServ, the answer says how to sign in with a name."""
    answers = " ".join(told(server, alice, text or "x", service="NickServ"))

    assert "SASL PLAIN" in answers
    assert "NAME:PASSWORD" in answers


def test_nickserv_without_a_password(server: IRCServer, alice: IRCCaller) -> None:
    """`REGISTER` alone is answered with its usage."""
    assert ["Usage: /msg NickServ REGISTER PASSWORD"] == told(server, alice, "REGISTER", service="NickServ")


@each_case(
    ("service", "text"),
    [
        ("SERVER", "claim secret-password"),
        ("SERVER", "password first-password second-password"),
        ("NickServ", "REGISTER secret-password"),
        ("NickServ", "IDENTIFY secret-password"),
    ],
)
def test_no_password_in_plain_text(service: str, text: str) -> None:
    """A password that others on the way can read is refused, and what to do is said."""
    server = IRCServer()
    eve = server.is_called_by_irc(ELSEWHERE)
    eve.registers("Eve")
    (answer,) = told(server, eve, text, service=service)

    assert "with TLS" in answer.replace("port with", "with")
    assert server.chat.accounts.find("Eve") is None


@pytest.mark.parametrize(
    "target", ["NickServ", "nickserv@services.example", "ChanServ", "AuthServ", "SERVER"]
)
def test_nobody_else_sees_it(server: IRCServer, alice: IRCCaller, target: str) -> None:
    """What is written to a service is not stored, and is shown to nobody, not even as an echo."""
    (dave,) = server.irc("Dave", capabilities=["echo-message", "labeled-response", "batch"])
    server.forgets()
    dave.sends(f"@label=1 PRIVMSG {target} :IDENTIFY hunter2-hunter2", f"NOTICE {target} :hunter2-hunter2")
    server.settles()

    heard = b"".join(caller.wire.value() for caller in server.callers)
    assert b"hunter2" not in heard


@pytest.mark.parametrize(
    "command", ["NICKSERV IDENTIFY secret", "NS IDENTIFY secret", "CS OP #x Bob", "CHANSERV"]
)
def test_commands_for_services(server: IRCServer, alice: IRCCaller, command: str) -> None:
    """The commands that clients have for services reach them."""
    alice.sends(command)
    server.settles()

    assert {"NOTICE"} == set(alice.numerics())


def test_other_names_are_no_services() -> None:
    """A user's name is no service, even if it begins like one."""
    assert [None, None, None] == [service(name) for name in ("Alice", "NickServant", "")]


# Rooms.


def test_a_mute_with_an_end(server: IRCServer, alice: IRCCaller) -> None:
    """`mute` takes seconds and a reason; all members see it, and nobody speaks until then."""
    bob = server.callers[1]
    assert isinstance(bob, IRCCaller)
    answers = told(server, alice, "mute #x bob 600 too loud")
    seen = bob.lines("MODE"), server.callers[2].hears_texts("group")

    assert [] == answers
    assert (
        [":Alice!~user@Alice MODE #x +q Bob!*@*"],
        ["Alice has muted Bob for 10 minutes: too loud"],
    ) == seen
    assert [] == told(server, alice, "unmute #x Bob")
    assert ["That is already the case."] == told(server, alice, "unmute #x Bob")


def test_a_ban_without_an_end(server: IRCServer, alice: IRCCaller) -> None:
    """Without seconds a ban is for ever, and all further words are the reason."""
    answers = told(server, alice, "ban #x Joy spam and more")
    told_joy = server.callers[2].hears_texts("error")

    assert [] == answers
    assert ["You are banned from room 'x', by Alice: spam and more"] == told_joy
    assert [] == told(server, alice, "unban #x Joy")


@each_case(
    ("text", "answer"),
    [
        ("mute #x Bob 0", "The seconds must be 1 to 31622400; leave them out for ever."),
        (f"mute #x Bob {'9' * 300}", "The seconds must be 1 to 31622400; leave them out for ever."),
        ("mute x Bob", "Chat room 'x' does not exist"),
        ("mute #nowhere Bob", "Chat room 'nowhere' does not exist"),
        ("close #nowhere", "Chat room 'nowhere' does not exist"),
        ("close &x", "Chat room '&x' does not exist"),
        ("open #x", "That is already the case."),
        ("history #nowhere", "Chat room 'nowhere' does not exist"),
        ("history &x", "Chat room '&x' does not exist"),
        ("search &x y", "Chat room '&x' does not exist"),
    ],
)
def test_requests_that_are_refused(server: IRCServer, alice: IRCCaller, text: str, answer: str) -> None:
    """What can't be granted is answered with the sentence that other clients read."""
    assert [answer] == told(server, alice, text)


def test_a_member_may_not(server: IRCServer) -> None:
    """The rights are those of the other clients."""
    assert ["You may not do that: only moderators of room 'x' can."] == told(
        server, server.callers[1], "mute #x Joy 60"
    )


def test_close_and_open(server: IRCServer, alice: IRCCaller) -> None:
    """`close` removes all members, and `open` lets them in again."""
    told(server, alice, "claim secret-password")
    closed = told(server, alice, "close #x")
    bob = server.callers[1]
    assert isinstance(bob, IRCCaller)
    kicked = bob.numerics()

    assert ([], ["KICK"], []) == (closed, kicked, told(server, alice, "open #x"))


# Messages.


def test_history(server: IRCServer, alice: IRCCaller) -> None:
    """`history` shows the last messages of a room or of a conversation, a line each."""
    joy = server.callers[2]
    for text in ("one", "two\n\nlines", "x" * 1000):
        joy.sends({"status": "group", "receiver": "x", "text": text})
    joy.sends({"status": "private", "receiver": "Alice", "text": "psst"})
    server.settles()

    assert [
        "[2026-11-23 10:00] #x <Joy> two ⏎ lines",
        f"[2026-11-23 10:00] #x <Joy> {'x' * 299}…",
        "These were 2 messages of #x.",
    ] == told(server, alice, "history #x 2")
    assert ["[2026-11-23 10:00] to Alice <Joy> psst", "These were 1 message of Joy."] == told(
        server, alice, "history Joy"
    )


def test_a_long_answer(server: IRCServer, alice: IRCCaller) -> None:
    """An answer that does not fit in one line comes in several, of at most 512 bytes."""
    alice.sends("JOIN #CS350", f"PRIVMSG #CS350 :{'字字字字 ' * 50}")
    server.settles()
    server.forgets()
    alice.sends("PRIVMSG SERVER :history #CS350")
    server.settles()
    shown = alice.lines("NOTICE")[:-1]

    assert 2 == len(shown)
    assert 200 == "".join(shown).count("字")
    assert max(len(each.encode()) for each in shown) <= 510


def test_search(server: IRCServer, alice: IRCCaller) -> None:
    """`search` finds messages in all conversations, or in one channel."""
    joy = server.callers[2]
    joy.sends({"status": "group", "receiver": "x", "text": "exercise three is due"})
    joy.sends({"status": "private", "receiver": "Alice", "text": "exercise four is not"})
    server.settles()

    assert [
        "[2026-11-23 10:00] #x <Joy> exercise three is due",
        "Found 1 message.",
    ] == told(server, alice, "search #x exercise is")
    assert "Found 2 messages." == told(server, alice, "search exercise")[-1]
    assert ["Found 0 messages."] == told(server, alice, "search #nothing")
