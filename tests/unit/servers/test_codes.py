"""QR codes that the page shows."""

from __future__ import annotations

import sys
from urllib.parse import quote

import pytest
from twisted.internet.task import Clock

from classchat.qr import MissingSegno, QRCode
from classchat.servers.codes import NotDrawn, QRCodes
from classchat.servers.hosts import Authority
from tests.tables import each_case

HOST = Authority("192.168.1.20", 5555)
LINK = "http://192.168.1.20:5555/#CS350"


def _drawn(
    codes: QRCodes, link: str, encrypted: bool = False, host: Authority = HOST
) -> bytes | tuple[int, str]:
    """Return a picture, or the status and the sentence that is answered instead."""
    try:
        return codes.picture(f"link={quote(link, safe='')}", encrypted, host)
    except NotDrawn as problem:
        return problem.status, str(problem)


def _codes() -> QRCodes:
    return QRCodes(Clock())  # type: ignore[arg-type]


@each_case(
    ("link", "encrypted", "host"),
    [
        (LINK, False, HOST),
        ("http://192.168.1.20:5555", False, HOST),
        ("https://192.168.1.20:5555/show#%C3%9Cbung", True, HOST),
        ("https://school.example/chat/#CS350", False, Authority("school.example", None)),
        ("HTTP://[2001:db8::1]/", False, Authority("2001:db8::1", None)),
    ],
)
def test_links_to_this_page(link: str, encrypted: bool, host: Authority) -> None:
    """The page's own links are drawn, whatever path a proxy has put it under."""
    assert QRCode.quickly(link).svg() == _drawn(_codes(), link, encrypted, host)


@each_case(
    "link",
    [
        "http://192.168.1.21:5555/",
        "http://192.168.1.20/",
        "https://192.168.1.20:5555/",
        "http://192.168.1.20:5555@evil.example/",
        "http://evil.example/#http://192.168.1.20:5555/",
        "http://192.168.1.20:5555.evil.example/",
        "javascript:alert(1)",
        "//192.168.1.20:5555/",
        "http://192.168.1.20:5555/ and more",
        "http://192.168.1.20:5555/\n",
        "http://192.168.1.20:5555/Ü",
        "http://192.168.1.20:5555\\@evil.example/",
        "",
    ],
)
def test_other_links(link: str) -> None:
    """Nothing but links to this page is drawn."""
    status, _ = _drawn(_codes(), link)

    assert 400 == status


@each_case("query", ["", "link", "link=", "room=CS350", f"link={LINK}&link={LINK}", "link=%ff"])
def test_other_queries(query: str) -> None:
    """A query has to have one link."""
    with pytest.raises(NotDrawn) as caught:
        _codes().picture(query, False, HOST)

    assert 400 == caught.value.status


def test_a_link_that_is_too_long() -> None:
    """A link of more than 512 characters is refused before it is drawn."""
    longest = LINK + "x" * (512 - len(LINK))
    codes = _codes()

    assert QRCode.quickly(longest).svg() == _drawn(codes, longest)
    assert (414, "A link may have at most 512 characters.") == _drawn(codes, f"{longest}x")


def test_many_links() -> None:
    """Twenty new codes are drawn at once and then five a second; codes that are kept cost nothing."""
    clock = Clock()
    codes = QRCodes(clock)  # type: ignore[arg-type]
    first = [_drawn(codes, f"{LINK}{number}") for number in range(21)]
    clock.advance(1)
    later = [_drawn(codes, f"{LINK}{number}") for number in (0, *range(21, 27), 1)]

    refusal = (503, "Too many new QR codes: try again in a second.")
    assert ([True] * 20 + [False], refusal) == ([isinstance(each, bytes) for each in first], first[-1])
    assert [True] * 6 == [isinstance(each, bytes) for each in later[:6]]
    assert [first[0], refusal, first[1]] == [later[0], *later[6:]]


def test_codes_are_forgotten() -> None:
    """Only the 64 codes that were used last are kept."""
    clock = Clock()
    codes = QRCodes(clock)  # type: ignore[arg-type]
    for number in range(65):
        clock.advance(1)
        _drawn(codes, f"{LINK}{number}")
        _drawn(codes, f"{LINK}0")

    assert (64, True, False) == (
        len(codes._drawn),
        f"{LINK}0" in codes._drawn,
        f"{LINK}1" in codes._drawn,
    )


def test_without_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `segno` there are no codes."""
    monkeypatch.setitem(sys.modules, "segno", None)

    with pytest.raises(MissingSegno):
        _drawn(_codes(), LINK)
