"""All members of a room see the same in one order, whatever their clients speak and have asked for."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.servers.helpers import Caller

_SETS = [
    (),
    ("echo-message",),
    ("echo-message", "message-tags", "server-time", "batch", "draft/multiline"),
    ("echo-message", "labeled-response", "batch", "account-tag", "extended-join"),
]
_TOKEN = re.compile(r"\b[mt][0-9]+\b")

_STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(["say", "say", "notice", "lines", "long", "topic", "mode", "turn", "turn", "ask"]),
    ),
    max_size=40,
)


def _says(caller: Caller, what: str, number: int) -> None:
    """Send a message or a topic of a client, which its number tells from others."""
    text = f"t{number}" if what == "topic" else f"m{number}"
    if what == "long":
        text += " x" * 600
    if isinstance(caller, IRCCaller):
        label = f"@label={number} "
        match what:
            case "topic":
                caller.sends(f"{label}TOPIC #CS350 :{text}")
            case "mode":
                caller.sends(f"{label}MODE #CS350 +m-m")
            case "ask":
                caller.sends(f"{label}NAMES #CS350", "WHO #CS350", "PING x")
            case "notice":
                caller.sends(f"{label}NOTICE #CS350 :{text}")
            case _:
                caller.sends(f"{label}PRIVMSG #CS350 :{text}")
    else:
        text = f"{text}\nand more\n\nof it" if what == "lines" else text
        status = {"topic": "topic", "ask": "users"}.get(what, "group")
        caller.sends({"status": status, "receiver": "CS350", "text": text})


def _seen_by(caller: Caller) -> list[str]:
    """Return the numbers that a client has been told of, in their order."""
    if isinstance(caller, IRCCaller):
        told = [line.split(" #CS350 :" if " #CS350 :" in line else " #CS350 ", 1) for line in caller.lines()]
        texts = [
            parts[1] for parts in told if len(parts) == 2 and re.search(r"(PRIVMSG|NOTICE|TOPIC)$", parts[0])
        ]
    else:
        texts = [
            event.get("topic") or event["text"]
            for event in caller.hears()
            if event["status"] == "group" or event.get("event") == "topic"
        ]
    return [token for text in texts for token in _TOKEN.findall(text)[:1]]


@settings(max_examples=60, deadline=None)
@given(_STEPS)
def test_all_members_see_one_order(steps: list[tuple[int, str]]) -> None:
    """JSON and IRC clients with any capabilities see the same messages and topics, in the same order."""
    server = IRCServer()
    json = server.signs_in("Jason", "Jim")
    callers: list[Caller] = [
        *json,
        *(server.irc(f"Irc{n}", capabilities=each)[0] for n, each in enumerate(_SETS)),
    ]
    for caller in callers:
        if isinstance(caller, IRCCaller):
            caller.sends("JOIN #CS350")
        else:
            caller.sends({"status": "create" if caller is json[0] else "join", "receiver": "CS350"})
        server.settles()
    for name in ("Jim", *(f"Irc{n}" for n in range(len(_SETS)))):
        json[0].sends({"status": "op", "receiver": "CS350", "user": name})
        server.settles()
    server.forgets()
    plain_said = set()
    for number, (who, what) in enumerate(steps):
        if what == "turn":
            server.turn()
            continue
        _says(callers[who], what, number)
        if who == 2 and what not in ("topic", "mode", "ask"):
            plain_said.add(f"m{number}")  # it has not asked for an echo
    server.settles()
    expected = _seen_by(json[0])

    for caller in (*json, *callers[3:]):
        assert expected == _seen_by(caller)
    assert [token for token in expected if token not in plain_said] == _seen_by(callers[2])
    assert len(expected) >= sum(what in ("say", "notice", "long", "lines") for _, what in steps)
