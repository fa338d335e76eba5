"""The chat's events as lines of IRC, for clients with different capabilities."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.core.answer_events import RoomJoined
from classchat.core.events import (
    AccountClaimed,
    AwaySet,
    BroadcastReceived,
    Event,
    InvitationReceived,
    Own,
    RemovedFromRoom,
    Styled,
    TopicShown,
    UserGone,
    UserRenamed,
)
from classchat.core.manners import Manner
from classchat.core.room_events import (
    MemberBanned,
    MemberInvited,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberMuted,
    MemberUnbanned,
    MemberUnmuted,
    ModeratorAdded,
    ModeratorRemoved,
    RoomModeChanged,
    TopicChanged,
)
from classchat.errors import Timeout
from classchat.messages import Error, Group, Private, Probe, Success
from classchat.wire.irc.irc_codec import Codecs, IRCCodec
from classchat.wire.irc.irc_happenings import Directions
from classchat.wire.irc.irc_lines import parse
from classchat.wire.irc.irc_messages import CONCAT, Lookups, MessageLines, Tags
from classchat.wire.irc.message_ids import MessageIds
from classchat.wire.irc.usual_lines import usual_lines
from tests.tables import each_case

IDS = MessageIds(lambda: "E")
ROOM = IDS.of_room("CS350")
THEN = "2026-11-28T09:00:00.000Z"
NOW = "2026-11-28T10:00:00.000Z"


def new_codecs() -> Codecs:
    """Return the codecs of a server on which Alice has an account, and Robot is a bot."""
    lookups = Lookups(lambda name: name == "Alice", lambda name: name == "Robot", IDS)
    away = {"Carl": "at lunch"}
    return Codecs(
        Directions("chat.test", lambda: NOW, str.upper, away.get, lambda name: name == "Wanda", lookups)
    )


CODECS = new_codecs()


def codec(*capabilities: str) -> IRCCodec:
    """Return the codec for some capabilities."""
    return CODECS.of(frozenset(capabilities))


def lines(event: Event, *capabilities: str) -> list[str]:
    """Return the lines of an event."""
    data = codec(*capabilities).encode([event]).decode()
    assert data == "" or data.endswith("\r\n")
    return data.split("\r\n")[:-1]


def said(text: str, sender: str = "Alice", **fields: object) -> Group:
    """Return a message to a room."""
    return Group(sender, "CS350", text, **{"seq": 7, "time": THEN, **fields})  # type: ignore[arg-type]


# Messages.


def test_a_message() -> None:
    """A message to a room goes to its channel, one to a user to that name."""
    private = Private("Alice", "Bob", "Hi", seq=3, time=THEN)

    assert [":Alice!~user@Alice PRIVMSG #CS350 :Hi"] == lines(said("Hi"))
    assert [":Alice!~user@Alice PRIVMSG Bob :Hi"] == lines(private)


@each_case(
    ("capabilities", "tags"),
    [
        (["server-time"], f"time={THEN}"),
        (["message-tags"], f"msgid={ROOM}7"),
        (["account-tag"], "account=Alice"),
        (["server-time", "message-tags", "account-tag"], f"time={THEN};account=Alice;msgid={ROOM}7"),
    ],
)
def test_the_tags_of_a_message(capabilities: list[str], tags: str) -> None:
    """A client gets the tags that it has asked for."""
    assert [f"@{tags} :Alice!~user@Alice PRIVMSG #CS350 :Hi"] == lines(said("Hi"), *capabilities)


def test_whose_message() -> None:
    """A guest has no account; a bot is told from people."""
    capabilities = ["account-tag", "message-tags"]

    assert [f"@bot;draft/bot;msgid={ROOM}7 :Robot!~user@Robot PRIVMSG #CS350 :Hi"] == lines(
        said("Hi", "Robot"), *capabilities
    )


def test_an_earlier_message() -> None:
    """A message that is replayed has no account: the name may have been another person's then."""
    event = said("Hi", replay=True)

    assert [f"@time={THEN} :Alice!~user@Alice PRIVMSG #CS350 :Hi"] == lines(
        event, "server-time", "account-tag"
    )


def test_a_private_message_has_one_id() -> None:
    """Both users read the same id, which leads back to the number."""
    event = Private("Alice", "Bob", "Hi", seq=3, time=THEN)
    msgid = IDS.between("Bob", "Alice", THEN, 3)

    assert [f"@msgid={msgid} :Alice!~user@Alice PRIVMSG Bob :Hi"] == lines(event, "message-tags")


def test_a_text_of_several_lines() -> None:
    """Each line is a message, and the first one has the id."""
    expected = [
        f"@time={THEN};msgid={ROOM}7 :Alice!~user@Alice PRIVMSG #CS350 :a",
        f"@time={THEN} :Alice!~user@Alice PRIVMSG #CS350 :b",
    ]

    assert expected == lines(said("a\n\nb"), "server-time", "message-tags")


def test_a_batch_of_lines() -> None:
    """A client with draft/multiline gets one batch, blank lines included, whose start has all tags."""
    event = said("a\n\n" + "b" * 500)
    rest = 512 - len(":Alice!~user@Alice PRIVMSG #CS350 :\r\n")
    expected = [
        f"@time={THEN};msgid={ROOM}7 :Alice!~user@Alice BATCH +m7 draft/multiline #CS350",
        "@batch=m7 :Alice!~user@Alice PRIVMSG #CS350 :a",
        "@batch=m7 :Alice!~user@Alice PRIVMSG #CS350 :",
        f"@batch=m7 :Alice!~user@Alice PRIVMSG #CS350 :{'b' * rest}",
        f"@batch=m7;{CONCAT} :Alice!~user@Alice PRIVMSG #CS350 :{'b' * (500 - rest)}",
        ":Alice!~user@Alice BATCH -m7",
    ]

    assert expected == lines(event, "server-time", "message-tags", "batch", "draft/multiline")


def test_one_line_needs_no_batch() -> None:
    """A text of one line is one message for all clients."""
    assert lines(said("Hi")) == lines(said("Hi"), "batch", "draft/multiline")


@pytest.mark.parametrize("capability", ["batch", "draft/multiline"])
def test_a_batch_takes_two_capabilities(capability: str) -> None:
    """Without one of the two there is no batch."""
    assert lines(said("a\nb")) == lines(said("a\nb"), capability)


@pytest.mark.parametrize("text", [" ", "\n", " \n\n\t"])
def test_a_blank_text(text: str) -> None:
    """A text without any visible character is nothing, in a batch or without."""
    assert ([], []) == (lines(said(text)), lines(said(text), "batch", "draft/multiline"))


def test_too_many_lines_for_a_batch() -> None:
    """A batch is bounded; the rest is joined."""
    found = lines(said("\n".join(map(str, range(300)))), "batch", "draft/multiline")

    assert 256 + 2 == len(found)
    assert found[-2].endswith(" ⏎ 298 ⏎ 299")


@pytest.mark.parametrize(
    ("text", "sent", "plain", "batch"),
    [
        ("ab\nc", ("a", "b", "c"), ["a", "b", "c"], [(False, "a"), (True, "b"), (False, "c")]),
        ("\na b", ("", "a ", "b"), ["a ", "b"], [(False, ""), (False, "a "), (True, "b")]),
        ("\n\na", ("", "", "a"), ["a"], [(False, ""), (False, ""), (False, "a")]),
    ],
)
def test_the_lines_of_the_sender(
    text: str, sent: tuple[str, ...], plain: list[str], batch: list[tuple[bool, str]]
) -> None:
    """A message that was sent in lines is shown in these lines, as far as it is known."""
    event = Styled(said(text), Manner(lines=sent))
    parsed = [parse(each) for each in lines(event, "batch", "draft/multiline")[1:-1]]

    assert plain == [each.split(" :", 1)[1] for each in lines(event)]
    assert batch == [(CONCAT in each.tags, each.params[1]) for each in parsed if each is not None]


def test_a_notice() -> None:
    """A notice is a NOTICE; nothing in it is an action."""
    event = Styled(said("* Alice waves"), Manner(notice=True))

    assert [":Alice!~user@Alice NOTICE #CS350 :* Alice waves"] == lines(event)


def test_an_action() -> None:
    """What `/me` says elsewhere is an ACTION; a long one goes on as a text."""
    long = lines(said("* Alice " + "waves " * 100))

    assert [":Alice!~user@Alice PRIVMSG #CS350 :\x01ACTION waves\x01"] == lines(said("* Alice waves"))
    assert ["\x01ACTION", "waves"] == [each.split(" :")[1].split(" ")[0] for each in long]
    assert lines(said("* Alice waves")) == lines(said("* Alice waves"), "batch", "draft/multiline")


def test_an_action_of_another() -> None:
    """A user can't act for another one."""
    assert [":Bob!~user@Bob PRIVMSG #CS350 :* Alice waves"] == lines(said("* Alice waves", "Bob"))


def test_a_ctcp_message() -> None:
    """What one program asks another has its delimiters, and nothing else that is no text."""
    event = Styled(Private("Alice", "Bob", "\x01PING \x02 \x01x\n", time=THEN), Manner())

    assert [":Alice!~user@Alice PRIVMSG Bob :\x01PING \ufffd \ufffdx \x01"] == lines(event)


def test_an_own_message() -> None:
    """A client that reads its own message reads what all others read."""
    assert lines(said("Hi"), "server-time") == lines(Own(said("Hi")), "server-time")


def test_messages_in_a_batch_of_the_caller() -> None:
    """Messages can stand in a batch; one of several lines has a batch of its own inside."""
    events = [said("Hi"), said("a\nb")]
    plain = codec("batch").encode_in("9", events).decode().split("\r\n")
    inner = codec("batch", "draft/multiline").encode_in("9", events).decode().split("\r\n")

    assert ["@batch=9"] * 3 == [each.split(" ")[0] for each in plain[:-1]]
    assert ["@batch=9", "@batch=9", "@batch=m7", "@batch=m7", "@batch=9"] == [
        each.split(" ")[0] for each in inner[:-1]
    ]


# What else happens.


@each_case(
    ("event", "expected"),
    [
        (MemberJoined("CS350", "Bob"), [":Bob!~user@Bob JOIN #CS350"]),
        (MemberLeft("CS350", "Bob"), [":Bob!~user@Bob PART #CS350"]),
        (MemberLeft("CS350", "Bob", reason="tea time"), [":Bob!~user@Bob PART #CS350 :tea time"]),
        (MemberLeft("CS350", "Bob", offline=True), []),
        (MemberLeft("CS350", "Bob", gone=True), []),
        (UserGone("Bob", "Connection lost"), [":Bob!~user@Bob QUIT :Connection lost"]),
        (UserGone("Bob", "bye", quit=True), [":Bob!~user@Bob QUIT :Quit: bye"]),
        (UserGone("Bob", "", quit=True), [":Bob!~user@Bob QUIT Quit"]),
        (AwaySet("Bob", "at lunch"), []),
        (AccountClaimed("Bob"), []),
        (
            MemberJoined("CS350", "Bob", moderator=True),
            [":Bob!~user@Bob JOIN #CS350", ":chat.test MODE #CS350 +o Bob"],
        ),
        (Own(MemberJoined("CS350", "Bob", moderator=True)), [":Bob!~user@Bob JOIN #CS350"]),
        (Own(TopicChanged("CS350", "Bob", "x")), [":Bob!~user@Bob TOPIC #CS350 x"]),
        (TopicChanged("CS350", "Alice", "An exam"), [":Alice!~user@Alice TOPIC #CS350 :An exam"]),
        (TopicChanged("CS350", "Alice", ""), [":Alice!~user@Alice TOPIC #CS350 :"]),
        (TopicChanged("CS350", "SERVER", "x"), [":chat.test TOPIC #CS350 x"]),
        (MemberKicked("CS350", "Bob", "Alice", "no spam"), [":Alice!~user@Alice KICK #CS350 Bob :no spam"]),
        (MemberKicked("CS350", "Bob", "Alice"), [":Alice!~user@Alice KICK #CS350 Bob Alice"]),
        (
            MemberBanned("CS350", "Bob", "Alice", member=True),
            [":Alice!~user@Alice MODE #CS350 +b Bob!*@*", ":Alice!~user@Alice KICK #CS350 Bob Banned"],
        ),
        (
            MemberBanned("CS350", "Bob", "Alice", "no spam", 1800, 1, member=True),
            [
                ":Alice!~user@Alice MODE #CS350 +b Bob!*@*",
                ":chat.test NOTICE #CS350 :Alice has banned Bob for 30 minutes: no spam",
                ":Alice!~user@Alice KICK #CS350 Bob :no spam",
            ],
        ),
        (MemberBanned("CS350", "Bob", "Alice"), [":Alice!~user@Alice MODE #CS350 +b Bob!*@*"]),
        (MemberUnbanned("CS350", "Bob", "Alice"), [":Alice!~user@Alice MODE #CS350 -b Bob!*@*"]),
        (MemberMuted("CS350", "Bob", "Alice"), [":Alice!~user@Alice MODE #CS350 +q Bob!*@*"]),
        (
            MemberMuted("CS350", "Bob", "Alice", "loud"),
            [
                ":Alice!~user@Alice MODE #CS350 +q Bob!*@*",
                ":chat.test NOTICE #CS350 :Alice has muted Bob: loud",
            ],
        ),
        (MemberUnmuted("CS350", "Bob", "Alice"), [":Alice!~user@Alice MODE #CS350 -q Bob!*@*"]),
        (ModeratorAdded("CS350", "Bob", "Alice"), [":Alice!~user@Alice MODE #CS350 +o Bob"]),
        (ModeratorRemoved("CS350", "Bob", "Alice"), [":Alice!~user@Alice MODE #CS350 -o Bob"]),
        (MemberInvited("CS350", "Bob", "Alice"), []),
        (RoomModeChanged("CS350", "Alice", "open"), [":Alice!~user@Alice MODE #CS350 -i"]),
        (RoomModeChanged("CS350", "Alice", "private"), [":Alice!~user@Alice MODE #CS350 +i"]),
        (RoomModeChanged("CS350", "Alice", "announce"), [":Alice!~user@Alice MODE #CS350 +m"]),
        (RoomModeChanged("CS350", "Alice", "talk"), [":Alice!~user@Alice MODE #CS350 -m"]),
        (RoomModeChanged("CS350", "Alice", "closed"), []),
        (
            RemovedFromRoom("Bob", RoomModeChanged("CS350", "Alice", "closed")),
            [":Alice!~user@Alice KICK #CS350 Bob :The room is closed"],
        ),
        (RemovedFromRoom("Bob", MemberKicked("CS350", "Bob", "Alice")), []),
        (RemovedFromRoom("Bob", MemberBanned("CS350", "Bob", "Alice")), []),
        (InvitationReceived("Bob", "CS350", "Alice"), [":Alice!~user@Alice INVITE Bob #CS350"]),
        (BroadcastReceived("Bob", "Alice", "Hi"), [":Alice!~user@Alice NOTICE Bob :To everybody: Hi"]),
        (BroadcastReceived("Wanda", "Alice", "Hi"), [":Alice!~user@Alice WALLOPS Hi"]),
        (UserRenamed("Alice", "Carol", "Bob"), [":Alice!~user@Alice NICK Carol"]),
        (Probe("SERVER", "Bob", ""), ["PING chat.test"]),
        (TopicShown("CS350", "An exam"), []),
        (RoomJoined("Bob", "CS350", None, "E", 7), []),
        (Success("SERVER", "Bob", "Message sent"), []),
        (Error("SERVER", "Bob", "No."), []),
    ],
)
def test_what_happens(event: Event, expected: list[str]) -> None:
    """What happens in a room is a line of who did it; what answers a request is told elsewhere."""
    assert expected == lines(event)


@each_case(
    ("capability", "event", "expected"),
    [
        ("extended-join", MemberJoined("CS350", "Bob"), ":Bob!~user@Bob JOIN #CS350 * BOB"),
        ("extended-join", MemberJoined("CS350", "Alice"), ":Alice!~user@Alice JOIN #CS350 Alice ALICE"),
        ("invite-notify", MemberInvited("CS350", "Bob", "Alice"), ":Alice!~user@Alice INVITE Bob #CS350"),
        ("away-notify", AwaySet("Bob", "at lunch"), ":Bob!~user@Bob AWAY :at lunch"),
        ("away-notify", AwaySet("Bob", ""), ":Bob!~user@Bob AWAY Away"),
        ("away-notify", AwaySet("Bob", None), ":Bob!~user@Bob AWAY"),
        ("account-notify", AccountClaimed("Bob"), ":Bob!~user@Bob ACCOUNT Bob"),
        ("server-time", MemberJoined("CS350", "Bob"), f"@time={NOW} :Bob!~user@Bob JOIN #CS350"),
        ("account-tag", MemberJoined("CS350", "Alice"), "@account=Alice :Alice!~user@Alice JOIN #CS350"),
        ("message-tags", MemberLeft("CS350", "Robot"), "@bot;draft/bot :Robot!~user@Robot PART #CS350"),
    ],
)
def test_what_happens_for_others(capability: str, event: Event, expected: str) -> None:
    """A capability changes what a client reads of an event."""
    assert [expected] == lines(event, capability)


def test_a_user_who_is_away_joins() -> None:
    """A client with away-notify learns that a user who joins is away."""
    expected = [":Carl!~user@Carl JOIN #CS350", ":Carl!~user@Carl AWAY :at lunch"]

    assert (expected, expected[:1]) == (
        lines(MemberJoined("CS350", "Carl"), "away-notify"),
        lines(MemberJoined("CS350", "Carl")),
    )


def test_a_long_message_to_everybody() -> None:
    """A message to everybody is cut as all others."""
    found = lines(BroadcastReceived("Bob", "Alice", "word " * 200), "server-time")

    assert len(found) > 1
    assert max(len(each.removeprefix(f"@time={NOW} ")) for each in found) <= 510


def test_the_end() -> None:
    """A connection ends with the reason, unless the client has asked for its end."""
    reason = Timeout(30)

    assert (f"ERROR :{reason.text}\r\n".encode(), b"") == (codec().farewell(reason), codec().farewell(None))


# The codecs.


def test_clients_share_codecs() -> None:
    """Clients whose capabilities differ in nothing that matters have one codec."""
    assert codec("server-time") is codec("server-time", "echo-message", "sasl")
    assert codec("server-time") is not codec()
    assert codec().personal


def test_codecs_share_lines() -> None:
    """A message is cut once for all codecs, and again when it is told later."""
    codecs = new_codecs()
    event = said("a\nb")
    first = codecs.lines_of(event)
    codecs.of(frozenset(["server-time"])).encode([event])

    assert codecs.lines_of(event) is first
    assert codecs.lines_of(said("a\nb")) is not first


def test_lines_are_kept_for_a_while_only() -> None:
    """The lines of messages take bounded memory."""
    codecs = new_codecs()
    first = said("x" * 10_000)
    before = codecs.lines_of(first)
    for _ in range(100):
        codecs.lines_of(said("x" * 10_000))

    assert codecs.lines_of(first) is not before


def test_large_data_in_pieces() -> None:
    """Large data is cut behind lines."""
    data = codec().encode([said(f"message {number}") for number in range(2_000)])
    pieces = codec().cut(data)

    assert (data, True) == (b"".join(pieces), len(pieces) > 2)
    assert all(piece.endswith(b"\r\n") and len(piece) < 40_000 for piece in pieces)


NAMES = st.sampled_from(["Alice", "Zoë", "Ж" * 32, "Robot"])
ALL = ["server-time", "message-tags", "account-tag", "batch", "draft/multiline"]


@given(st.text(), NAMES, st.sets(st.sampled_from(ALL)), st.booleans(), st.booleans())
def test_any_text(text: str, name: str, capabilities: set[str], private: bool, notice: bool) -> None:
    """Whatever a text holds, its lines fit, and hold nothing but tags, source, target and texts."""
    fields = {"seq": 1, "time": THEN}
    kind = Private if private else Group
    event = Styled(kind(name, "Ж" * 64, text, **fields), Manner(notice=notice))  # type: ignore[arg-type]
    for each in lines(event, *capabilities):
        plain = each.split(" ", 1)[1] if each.startswith("@") else each
        parsed = parse(each)

        assert parsed is not None
        assert len(plain.encode()) <= 510
        assert parsed.command in ("PRIVMSG", "NOTICE", "BATCH")
        assert not re.search("[\0\r\n\x02-\x08\x0e-\x1f]", each)
        assert [each] == each.splitlines()
        assert notice or not parsed.params[-1].startswith("\x01") or parsed.params[-1].endswith("\x01")


TEXTS = st.text(max_size=600) | st.text(alphabet="a Ж* ", max_size=600) | st.just("* Alice waves")


@given(TEXTS, NAMES, st.tuples(*[st.booleans()] * 3), st.booleans(), st.booleans(), st.booleans())
def test_the_short_way(
    text: str, name: str, tags: tuple[bool, bool, bool], private: bool, notice: bool, replay: bool
) -> None:
    """A usual message is the same line as by the way that serves all messages."""
    kind = Private if private else Group
    message = kind(name, "CS350", text, seq=7, time=THEN, replay=replay)
    manner = Manner(notice=notice)
    lookups, others = new_codecs().directions.messages, list[Event]()

    def other(event: Event) -> bytes:
        others.append(event)
        return b""

    found = usual_lines([message, Styled(message, manner)], Tags(*tags), lookups, other)
    if others:
        unusual = not text.isprintable() or text[:1] <= "*" or len(text.encode()) > 300
        assert (b"", b"", True) == (*found, unusual or replay)
    else:
        ways = [MessageLines(message, how, lookups).tagged(Tags(*tags)) for how in (None, manner)]
        assert ways == found


@given(st.text(alphabet="ab \n", max_size=2_000))
def test_a_batch_is_the_text(text: str) -> None:
    """A client that joins the lines of a batch has the text to the letter."""
    found = [parse(each) for each in lines(said(text), "batch", "draft/multiline")]
    if len(found) > 2 and text.count("\n") < 256:
        joined = ""
        for each in found[1:-1]:
            assert each is not None
            joined += each.params[1] if CONCAT in each.tags else "\n" + each.params[1]

        assert text == joined[1:]
