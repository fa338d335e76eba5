"""Labelled responses, line by line."""

from __future__ import annotations

from classchat.irc.responses import Response, tagged
from tests.tables import each_case

PONG = b":server PONG server x\r\n"
NOTICE = b"@time=now :server NOTICE Alice :hello\r\n"


def _response(*, handled: bool = True, owed: int = 0) -> Response:
    response = Response("server", "7", "1")
    response.handled, response.owed = handled, owed
    return response


@each_case(
    ("lines", "expected"),
    [
        ([], [b"@label=7 :server ACK\r\n"]),
        ([PONG], [b"@label=7 :server PONG server x\r\n"]),
        ([NOTICE], [b"@label=7;time=now :server NOTICE Alice :hello\r\n"]),
        (
            [PONG + NOTICE],
            [
                b"@label=7 :server BATCH +1 labeled-response\r\n",
                b"@batch=1 :server PONG server x\r\n",
                b"@batch=1;time=now :server NOTICE Alice :hello\r\n",
                b":server BATCH -1\r\n",
            ],
        ),
    ],
)
def test_a_complete_response(lines: list[bytes], expected: list[bytes]) -> None:
    """None is acknowledged, one has the label, and several are a batch."""
    assert expected == _response().take(lines)


def test_one_batch_needs_no_other() -> None:
    """A response that is one batch already has the label on its first line."""
    lines = [b":server BATCH +h chathistory #a\r\n", b"@batch=h " + PONG, b":server BATCH -h\r\n"]

    assert [b"@label=7 " + lines[0], *lines[1:]] == _response().take(lines)


def test_two_batches_need_one() -> None:
    """What is not one batch is in a batch of the response; the lines of inner batches stay where they are."""
    lines = [b":s BATCH +h a\r\n", b"@batch=h " + PONG, b":s BATCH -h\r\n", PONG]
    first, *others, last = _response().take(lines)

    assert (b"@label=7 :server BATCH +1 labeled-response\r\n", b":server BATCH -1\r\n") == (first, last)
    assert [
        b"@batch=1 :s BATCH +h a\r\n",
        lines[1],
        b"@batch=1 :s BATCH -h\r\n",
        b"@batch=1 " + PONG,
    ] == others


def test_more_may_follow() -> None:
    """A batch begins as soon as a line is written, and ends with the response; nothing after it counts."""
    response = _response(handled=False)
    first = response.take([PONG])
    response.handled = True
    last = response.take([])
    later = response.take([PONG])

    assert ([b"@label=7 :server BATCH +1 labeled-response\r\n", b"@batch=1 " + PONG], [PONG]) == (
        first,
        later,
    )
    assert [b":server BATCH -1\r\n"] == last


def test_what_is_owed() -> None:
    """A response is complete when the last message that was sent has come back."""
    response = _response(owed=2)
    response.owed -= 1
    first = response.take([])
    response.owed -= 1

    assert ([], [b"@label=7 :server ACK\r\n"]) == (first, response.take([]))


def test_lines_that_are_held() -> None:
    """Lines are held until it is clear whether more follow, and stand before those."""
    response = _response()
    response.hold([PONG])

    assert [b"@batch=1 " + PONG, b"@batch=1;" + NOTICE[1:]] == response.take([NOTICE])[1:-1]


def test_a_tag_is_escaped() -> None:
    """The value of a tag cannot end it."""
    assert rb"@label=a\:b\sc " + PONG == tagged(PONG, "label", "a;b c")
