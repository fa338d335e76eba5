"""WHO and WHOX."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.irc import who as who_module
from classchat.irc.who import WhoFields, fields_of
from classchat.limits import Limits, Rate
from tests.tables import each_case
from tests.unit.irc.helpers import IRCCaller, IRCServer


@pytest.fixture
def server() -> IRCServer:
    """Return a server where Alice, who moderates it, and Bob are in #x, and Carol is not."""
    server = IRCServer()
    alice, bob, _ = server.irc("Alice", "Bob", "Carol")
    alice.sends("JOIN #x")
    server.settles()
    bob.sends("JOIN #x")
    server.settles()
    server.forgets()
    return server


def answer(server: IRCServer, who: IRCCaller, line: str) -> list[str]:
    """Return the answer to a line, without the server and the client's name."""
    who.forgets()
    who.sends(line)
    server.settles()
    return [line.split(" ", 3)[1] + " " + line.split(" ", 3)[3] for line in who.lines()]


def test_the_members_of_a_room(server: IRCServer) -> None:
    """WHO of a room shows its members, with the room in the spelling of the server."""
    _, bob, _ = server.callers

    assert [
        "352 #x ~alice Alice classchat.server Alice H@ :0 Alice of ClassChat",
        "352 #x ~bob Bob classchat.server Bob H :0 Bob of ClassChat",
        "315 #X :End of WHO list",
    ] == answer(server, bob, "WHO #X")


@pytest.mark.parametrize("line", ["WHO #x", "WHO #nowhere", "WHO #", "WHO &x", "WHO nobody", "WHO nobod*"])
def test_what_a_client_may_not_see(server: IRCServer, line: str) -> None:
    """A room that the user is not in, one that does not exist and an absent user are answered 315 alone."""
    _, _, carol = server.callers

    assert [f"315 {line.split(' ')[1]} :End of WHO list"] == answer(server, carol, line)


@pytest.mark.parametrize("mask", ["alice", "ALICE", "ali*", "?lice"])
def test_users_by_name(server: IRCServer, mask: str) -> None:
    """A user is found by name and by mask, without a room."""
    _, _, carol = server.callers

    assert [
        "352 * ~alice Alice classchat.server Alice H :0 Alice of ClassChat",
        f"315 {mask} :End of WHO list",
    ] == answer(server, carol, f"WHO {mask}")


@pytest.mark.parametrize("line", ["WHO", "WHO *", "WHO 0"])
def test_all_users(server: IRCServer, line: str) -> None:
    """WHO alone, `*` and `0` mean everybody."""
    _, _, carol = server.callers

    assert ["Alice", "Bob", "Carol"] == [
        shown.split(" ")[5] for shown in answer(server, carol, line) if shown.startswith("352")
    ]


def test_an_invisible_user(server: IRCServer) -> None:
    """A mask finds an invisible user only for members of the same rooms; the name always does."""
    alice, bob, carol = server.callers
    alice.sends("MODE Alice +i")
    found = [len(answer(server, who, line)) - 1 for who in (bob, carol) for line in ("WHO ali*", "WHO alice")]

    assert [1, 1, 0, 1] == found


def test_flags(server: IRCServer) -> None:
    """Away is `G`, a bot is `B`."""
    alice, bob, _ = server.callers
    alice.sends("AWAY :at lunch", "MODE Alice +B")
    server.settles()

    assert "G@B" == answer(server, bob, "WHO #x")[0].split(" ")[6]


def test_operators_only(server: IRCServer) -> None:
    """With `o` only operators are shown."""
    _, bob, _ = server.callers

    assert ["315 #x :End of WHO list"] == answer(server, bob, "WHO #x o")


def test_all_fields_of_whox(server: IRCServer) -> None:
    """The fields are in the order of the specification, whatever the order of the question."""
    _, bob, _ = server.callers
    expected = "354 123 * ~alice 255.255.255.255 Alice classchat.server Alice H 0 0 0 n/a :Alice of ClassChat"

    assert [expected, expected] == [
        answer(server, bob, f"WHO alice %{fields},123")[0] for fields in ("tcuihsnfdlaor", "roaldfnshiuct")
    ]


@each_case(
    ("fields", "expected"),
    [
        ("%tcuhnfdar,743", "743 #x ~alice Alice Alice H@ 0 0 :Alice of ClassChat"),
        ("%chtsunfra,152", "152 #x ~alice Alice classchat.server Alice H@ 0 :Alice of ClassChat"),
        ("%cuhsnfdar", "#x ~alice Alice classchat.server Alice H@ 0 0 :Alice of ClassChat"),
        ("%uhnf", "~alice Alice Alice H@"),
        ("%na", "Alice 0"),
        ("%t,7", "7"),
        ("%tn", "0 Alice"),
        ("%tn,1234", "0 Alice"),
        ("%tn,x", "0 Alice"),
    ],
)
def test_what_clients_ask_for(server: IRCServer, fields: str, expected: str) -> None:
    """The questions of HexChat, WeeChat, The Lounge, irssi and gamja get the fields that they ask for."""
    _, bob, _ = server.callers

    assert f"354 {expected}" == answer(server, bob, f"WHO #x {fields}")[0]


def test_a_long_answer_is_complete(server: IRCServer) -> None:
    """An answer of more lines than are written at once ends with 315."""
    (last,) = server.irc(*(f"user-{number}" for number in range(120)), "zoe")[-1:]

    assert 125 == len(answer(server, last, "WHO *"))


@given(st.text(max_size=30))
def test_any_question_has_known_fields_once(text: str) -> None:
    """Whatever the question is, each known field is there at most once, and the token is a number."""
    asked = fields_of(text)

    assert len(set(asked.fields)) == len(asked.fields)
    assert asked.token.isdigit()


def test_flags_before_the_fields() -> None:
    """`o` before the `%` means operators, behind it the field."""
    assert [WhoFields(True, "n"), WhoFields(False, "no"), WhoFields(True)] == [
        fields_of(text) for text in ("o%n", "%no", "o")
    ]


def test_others_have_their_turn_meanwhile(monkeypatch: pytest.MonkeyPatch, server: IRCServer) -> None:
    """While many names are compared with a mask, other clients are answered."""
    monkeypatch.setattr(who_module, "_LOOKED_AT", 2)
    _, bob, carol = server.callers
    bob.sends("WHO *")
    begun = [line.split(" ")[1] for line in bob.lines()]
    carol.sends("PING :still there")
    server.settles()

    assert (["352"] * 2, ["PONG"]) == (begun, carol.numerics())
    assert ["352"] * 3 + ["315"] == bob.numerics()


def test_a_client_that_leaves_meanwhile(monkeypatch: pytest.MonkeyPatch, server: IRCServer) -> None:
    """A client that leaves while names are compared gets nothing more, and nothing fails."""
    monkeypatch.setattr(who_module, "_LOOKED_AT", 2)
    _, bob, _ = server.callers
    bob.sends("WHO *")
    bob.drops()
    server.settles()

    assert 2 == len(bob.lines())


@pytest.mark.parametrize(("line", "end"), [("WHO a*", "315"), ("LIST *a*", "323"), ("LIST !a", "323")])
def test_masks_count_as_searches(line: str, end: str) -> None:
    """A question with a mask is delayed as searches are, and one without it is not."""
    server = IRCServer(replace(Limits().without_guard(), readings=Rate(1, 0.1)))
    (alice,) = server.irc("Alice")
    alice.sends("WHO *", "WHO alice", "LIST", line, line)
    server.settles()
    at_once = alice.numerics().count(end)
    server.clock.advance(10.0)
    server.settles()

    assert alice.numerics().count(end) == at_once + 1
