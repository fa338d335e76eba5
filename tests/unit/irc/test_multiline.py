"""Messages of several lines: BATCH with draft/multiline."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.irc.open_batch import MOST_BYTES, MOST_LINES, InvalidBatch, OpenBatch
from classchat.limits import Limits
from tests.tables import each_case
from tests.unit.irc.helpers import IRCCaller, IRCServer
from tests.unit.irc.test_talking import in_room, with_json

MULTILINE = ("batch", "draft/multiline", "message-tags", "standard-replies")
FAIL = ":classchat.server FAIL BATCH "


def in_lines(*lines: str, target: str = "#x", label: str = "") -> list[str]:
    """Return what a client sends for a message: a line that begins with `+` goes on with the one before."""
    return [
        f"{label}BATCH +1 draft/multiline {target}",
        *(
            f"@batch=1;draft/multiline-concat PRIVMSG {target} :{line[1:]}"
            if line.startswith("+")
            else f"@batch=1 PRIVMSG {target} :{line}"
            for line in lines
        ),
        "BATCH -1",
    ]


def sent(*lines: str, capabilities: tuple[str, ...] = MULTILINE) -> tuple[list[str], IRCCaller, IRCCaller]:
    """Return what Alice is told who sends some lines, and the clients of Alice and Bob."""
    server, (alice, bob) = in_room("Alice", "Bob", capabilities=capabilities)
    alice.sends(*lines)
    server.settles()
    return alice.lines(), alice, bob


def untagged(line: str) -> str:
    """Return a line without its tags."""
    return line.split(" ", 1)[1] if line.startswith("@") else line


def test_a_message_of_several_lines() -> None:
    """It is one message to JSON clients, a batch to those who know it, and several messages to all others."""
    server, (alice, bob) = in_room("Alice", "Bob", capabilities=MULTILINE)
    carl = with_json(server, "Carl")
    (dora,) = server.irc("Dora", capabilities=("message-tags",))
    dora.sends("JOIN #x")
    server.settles()
    server.forgets()
    alice.sends(*in_lines("hello", "", "how is ", "+everybody?"))
    server.settles()

    assert ["hello\n\nhow is everybody?"] == carl.hears_texts("group")
    source = ":Alice!~user@Alice"
    assert [
        f"{source} BATCH +m1 draft/multiline #x",
        *(f"{source} PRIVMSG #x :{text}" for text in ("hello", "", "how is ", "everybody?")),
        f"{source} BATCH -m1",
    ] == [untagged(line) for line in bob.lines()]
    assert "draft/multiline-concat" in bob.lines()[4]
    assert [f"{source} PRIVMSG #x :{text}" for text in ("hello", "how is ", "everybody?")] == [
        untagged(line) for line in dora.lines()
    ]
    assert [True, False, False] == ["msgid=" in line for line in dora.lines()]
    assert [] == alice.lines()


def test_its_label() -> None:
    """The echo has the label of the line that began it, on its own first line."""
    capabilities = (*MULTILINE, "echo-message", "labeled-response")
    found, _, bob = sent(*in_lines("a", "b", label="@label=7 "), capabilities=capabilities)

    assert ["@label=7;" + bob.lines()[0][1:], *bob.lines()[1:]] == found


def test_the_label_of_a_refusal() -> None:
    """What is wrong with it has the label, too; nothing follows."""
    capabilities = (*MULTILINE, "echo-message", "labeled-response")
    found, _, _ = sent("@label=7 BATCH +1 draft/multiline #x", "BATCH -1", capabilities=capabilities)
    nobody, _, _ = sent(*in_lines("a", "b", target="Nobody", label="@label=7 "), capabilities=capabilities)

    assert [f"@label=7 {FAIL}MULTILINE_INVALID :No text to send"] == found
    assert ["@label=7 :classchat.server 401 Alice Nobody"] == [line.split(" :User")[0] for line in nobody]


def test_one_line_in_a_batch() -> None:
    """One line is a message like any other."""
    _, _, bob = sent(*in_lines("Hi"))

    assert [":Alice!~user@Alice PRIVMSG #x :Hi"] == [untagged(line) for line in bob.lines()]


def test_a_notice_of_several_lines() -> None:
    """It may be a notice, and then nothing that is wrong with its target is answered."""
    lines = [line.replace("PRIVMSG", "NOTICE") for line in in_lines("a", "b")]
    _, _, bob = sent(*lines)
    nobody, _, _ = sent(*[line.replace("#x", "Nobody") for line in lines])

    assert [":Alice!~user@Alice NOTICE #x :a"] == [untagged(line) for line in bob.lines()[1:2]]
    assert [] == nobody


@each_case(
    ("lines", "error"),
    [
        (["BATCH +1 draft/multiline #x", "@batch=2 PRIVMSG #x :a"], "MULTILINE_INVALID"),
        (["BATCH +1 draft/multiline #x", "PRIVMSG #x :a"], "MULTILINE_INVALID"),
        (["BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #x"], "MULTILINE_INVALID"),
        (["BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #y :a"], "MULTILINE_INVALID_TARGET #x #y"),
        (in_lines("a", "+"), "MULTILINE_INVALID"),
        (in_lines(), "MULTILINE_INVALID"),
        (in_lines("", " "), "MULTILINE_INVALID"),
        (in_lines("a", target="#x,#y"), "MULTILINE_INVALID_TARGET #x,#y #x,#y"),
        (in_lines(*["a"] * 257), "MULTILINE_MAX_LINES 256"),
        (in_lines(*["a" * 4_000] * 3), "MULTILINE_MAX_BYTES 10000"),
        (
            [
                "BATCH +1 draft/multiline #x",
                "@batch=1 PRIVMSG #x :a",
                "@batch=1 NOTICE #x :a",
                "@batch=1 PRIVMSG #x :a",
            ],
            "MULTILINE_INVALID",
        ),
        (["BATCH +1 draft/multiline #x", "BATCH -2"], "MULTILINE_INVALID"),
        (["BATCH -1"], "MULTILINE_INVALID"),
        (["@batch=1 PRIVMSG #x :a"], "MULTILINE_INVALID"),
        (["BATCH +1 draft/multiline"], "MULTILINE_INVALID"),
        (["BATCH +1"], "UNKNOWN_TYPE 1 *"),
        (["BATCH +1 netsplit x", "@batch=1 PRIVMSG #x :a", "BATCH -1"], "UNKNOWN_TYPE 1 netsplit"),
        (["BATCH +"], "MULTILINE_INVALID"),
        (["BATCH 1 draft/multiline #x"], "MULTILINE_INVALID"),
    ],
)
def test_what_is_no_message(lines: list[str], error: str) -> None:
    """A wrong batch gets one error, and nothing of it is said."""
    found, _, bob = sent(*lines)

    assert ([f"{FAIL}{error}"], []) == ([line.rsplit(" :", 1)[0] for line in found], bob.lines())


def test_after_an_error() -> None:
    """After a batch that failed the client can speak as before."""
    lines = [*in_lines("a", "+"), *in_lines("b"), "PRIVMSG #x :c"]
    found, _, bob = sent(*lines)

    assert 1 == len(found)
    assert ["b", "c"] == [line.split(" :")[1] for line in map(untagged, bob.lines())]


def test_speaking_while_a_failed_batch_is_open() -> None:
    """Lines without a batch are no part of the one that has failed."""
    found, _, bob = sent(*in_lines("a", "+")[:-1], "PRIVMSG #x :b", "@batch=1 PRIVMSG #x :c")

    assert 1 == len(found)
    assert ["b"] == [line.split(" :")[1] for line in map(untagged, bob.lines())]


def test_two_batches() -> None:
    """A client has one open batch; the second one fails both."""
    second = [line.replace("+1", "+2").replace("-1", "-2").replace("=1", "=2") for line in in_lines("b")]
    found, _, bob = sent(*in_lines("a")[:-1], *second, *in_lines("c"))

    assert ([f"{FAIL}MULTILINE_INVALID :Another batch has begun"], ["c"]) == (
        found,
        [line.split(" :")[1] for line in map(untagged, bob.lines())],
    )


def test_a_batch_that_is_open_too_long() -> None:
    """A batch that is not complete in time is no message."""
    server, (alice, bob) = in_room("Alice", "Bob", capabilities=MULTILINE)
    alice.sends(*in_lines("a")[:-1])
    later = server.network.profiles.now() + 31
    server.network.profiles.now = lambda: later
    alice.sends("BATCH -1")
    server.settles()

    assert ([f"{FAIL}TIMEOUT 1 :The batch was open for more than 30 seconds"], []) == (
        alice.lines(),
        bob.lines(),
    )


def test_without_the_capability() -> None:
    """A client that has not asked for it has no such command."""
    found, _, _ = sent("BATCH +1 draft/multiline #x", capabilities=("batch",))

    assert [":classchat.server 421 Alice BATCH :It takes the capability draft/multiline"] == found


def test_a_batch_costs_one_message() -> None:
    """As many lines as there may be pass at once, where as many messages would have to wait."""
    found, _, bob = sent(*in_lines(*["a"] * 256), *in_lines(*["b"] * 256))

    assert ([], 2 * 258) == (found, len(bob.lines()))


def test_codes_and_delimiters_in_lines() -> None:
    """Nothing in a line is anything but text."""
    _, _, bob = sent(*in_lines("\x02a\x02", "\x01ACTION b\x01"))

    assert ["a", "ACTION b"] == [line.split(" :")[1] for line in map(untagged, bob.lines()[1:-1])]


LINES = st.lists(st.tuples(st.text("ab ", max_size=20), st.booleans()), max_size=MOST_LINES + 2)


@given(LINES)
def test_any_lines(lines: list[tuple[str, bool]]) -> None:
    """The text of the lines is what a reader puts together again, whatever they are."""
    batch = OpenBatch("1", "#x", 0.0, None)
    text = ""
    try:
        for place, (line, goes_on) in enumerate(lines):
            batch.add("#x", line, notice=False, goes_on=goes_on)
            text += line if goes_on or place == 0 else f"\n{line}"
    except InvalidBatch:
        assert len(lines) > MOST_LINES or any(goes_on and not line for line, goes_on in lines)
    else:
        assert text == batch.text
        assert len(text) <= MOST_BYTES


def test_a_server_that_takes_less() -> None:
    """A text that is too long for this server gets the error of a batch."""
    server = IRCServer(limits=Limits(text=5))
    (alice,) = server.irc("Alice", capabilities=MULTILINE)
    alice.sends("JOIN #x")
    server.settles()
    server.forgets()
    alice.sends(*in_lines("abc", "def"))
    server.settles()

    assert [f"{FAIL}MULTILINE_MAX_BYTES 5"] == [line.split(" :The")[0] for line in alice.lines()]
