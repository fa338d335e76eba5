"""Rooms as documents: texts stay the same, and no part of them is taken for markup."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.journal.read_rows import KeptMessage
from classchat.texts import harmless
from classchat.transcripts import FORMATS
from tests.tables import each_case

TIME = 1_795_467_600_123  # 2026-11-23T21:00:00.123Z
NASTY = [
    "Hello",
    "two\nlines",
    "  def f():\n\treturn 1",
    "<script>alert(1)</script> & \"quoted\" 'too'",
    "</bdi></p><h1>",
    "**bold** _it_ `code` [a](http://b) ![c](d) ~~e~~ \\",
    "# heading\n- item\n> quote\n1. one\n    code\n---\n| a | b |",
    "=1+1",
    '+1, "a"',
    "-1",
    "@SUM(A1)",
    "\ttab",
    "'=1",
    "\u202eright to left",
    "日本語 🎉",
    "",
    "\n",
]


def _messages(texts: Sequence[str]) -> list[KeptMessage]:
    return [
        KeptMessage(number, "CS350", number, TIME + number, "Zoë", None, text)
        for number, text in enumerate(texts, 1)
    ]


def _document(format: str, texts: Sequence[str], room: str = "CS350", hours: int = 0) -> str:
    return "".join(FORMATS[format](room, _messages(texts), timezone(timedelta(hours=hours))))


texts = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=20)).map(harmless), max_size=5)


def _read_markdown(line: str) -> str:
    """Return the text of a line of Markdown, without indents, breaks and escapes."""
    said = re.sub(r"<(https?|ftp)://[^<>\s]*>", lambda url: url[0][1:-1], line.split("** ", 1)[1])
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]>|$#~]", re.sub("<br>|&nbsp;", "", said)), line
    return re.sub(r"\\(.)", r"\1", re.sub("<br>", "\n", re.sub("&nbsp;", " ", said)))


@given(texts)
def test_markdown(said: list[str]) -> None:
    """In Markdown each message is one line with the same text; tabs of an indent become spaces."""
    lines = _document("md", said).split("\n")
    expected = [re.sub(r"^[ \t]+", lambda indent: " " * len(indent[0]), text, flags=re.M) for text in said]

    assert [text.replace("\n", "") for text in expected] == [
        _read_markdown(line.replace("\r", "")).replace("\n", "") for line in lines if line.startswith("- ")
    ]


def test_markdown_as_it_is_read() -> None:
    """A document has the room as its title, a heading for each day, and a line for each message."""
    expected = [
        "# CS\\_350",
        "",
        "## 2026-11-23 (UTC+0000)",
        "",
        "- 21:00 **Zoë:** two<br>lines",
        "- 21:00 **Zoë:** &nbsp;&nbsp;a \\<b\\> \\*c\\*",
        "",
    ]

    assert expected == _document("md", ["two\nlines", "  a <b> *c*"], "CS_350").split("\n")


class _Page(HTMLParser):
    """A page as a browser sees it: its tags, and its texts by the tag they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Record a tag, and start its content."""
        self.tags.append(tag)
        self.attributes += attributes
        self._open.append(tag)
        if tag != "meta":
            self.texts.setdefault(tag, []).append("")
        else:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        assert tag == self._open.pop()

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self._open:
            self.texts[self._open[-1]][-1] += data


@given(texts)
def test_html(said: list[str]) -> None:
    """In HTML each name and text is in an element of its own, unchanged."""
    page = _Page(_document("html", said))
    expected = ["CS350"] + [part for text in said for part in ("Zoë", text)]

    assert expected == page.texts["bdi"]
    assert {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "time", "b", "bdi"} >= set(
        page.tags
    )


def test_html_loads_and_runs_nothing() -> None:
    """The page's policy allows only its own style."""
    page = _Page(_document("html", NASTY))
    digest = base64.b64encode(hashlib.sha256(page.texts["style"][0].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"

    assert ("http-equiv", "Content-Security-Policy") in page.attributes
    assert ("content", policy) in page.attributes
    assert [] == [
        name for name, _ in page.attributes if name in ("src", "href", "style") or name.startswith("on")
    ]


def test_html_as_it_is_read() -> None:
    """A message can be linked to by its number, and has its time to the millisecond."""
    expected = (
        '<p id="1"><time datetime="2026-11-23T21:00:00.124Z">21:00</time>'
        "<b><bdi>Zoë</bdi></b> <bdi>a &lt;b&gt;</bdi></p>"
    )

    assert expected in _document("html", ["a <b>"]).split("\n")


@given(texts)
def test_json(said: list[str]) -> None:
    """The JSON is one document with everything as it was said."""
    expected = [
        {"seq": number, "time": f"2026-11-23T21:00:00.{123 + number}Z", "sender": "Zoë", "text": text}
        for number, text in enumerate(said, 1)
    ]

    assert {"room": "CS350", "messages": expected} == json.loads(_document("json", said))


@given(texts)
def test_csv(said: list[str]) -> None:
    """The table has a row for each message; would-be formulas become texts."""
    document = _document("csv", said)
    rows = list(csv.reader(io.StringIO(document.removeprefix("\ufeff"), newline="")))
    expected = [
        [str(number), f"2026-11-23T21:00:00.{123 + number}Z", "Zoë", text.replace("'", "")]
        for number, text in enumerate(said, 1)
    ]

    assert [["seq", "time", "sender", "text"], *expected] == [
        [cell.replace("'", "") for cell in row] for row in rows
    ]
    assert [] == _formulas(document)


def _formulas(document: str) -> list[str]:
    """Return the cells that a spreadsheet would run, with any separator."""
    return [
        cell
        for separator in ",;\t|"
        for row in csv.reader(io.StringIO(document.removeprefix("\ufeff"), newline=""), delimiter=separator)
        for cell in row
        if cell.lstrip(' "\u3000')[:1] in tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
    ]


@each_case(
    "text",
    [
        "=1+1",
        "a;=1+1",
        "a; =1+1",
        'a;"=1+1"',
        "a\t@SUM(A1)",
        "a|-1+1",
        "a\n=1+1",
        "a\r\n+1",
        "a\u2028=1",
        ";;=1",
        "\uff1d1+1",
        "\n\u3000\uff0b1",
        '"\n=1',
        "a,b;",
        'a,b; ""',
        'say "x"\t',
        "a,b\n",
        "\t=1",
    ],
)
def test_no_cell_is_a_formula(text: str) -> None:
    """No cell is a formula, whichever separator and line ends a program uses."""
    messages = [KeptMessage(1, "R", 1, TIME, sender, None, text) for sender in ("-Bob", "@x", "Zoë")]
    document = "".join(FORMATS["csv"]("R", messages, UTC))

    assert [] == _formulas(document)
    assert [] == [line for line in document.splitlines() if line[:1] in tuple("=+-@\uff1d")]


def test_what_is_no_formula_stays() -> None:
    """A sign in the middle of a text gets no apostrophe."""
    text = "a=b; c-d, @Bob | x+y"
    rows = list(csv.reader(io.StringIO(_document("csv", [text]).removeprefix("\ufeff"))))

    assert text == rows[1][3]


def test_a_table_begins_with_what_excel_knows_utf_8_by() -> None:
    """Without a byte order mark Excel reads é as Ã©."""
    assert _document("csv", ["naïve"]).startswith("\ufeffseq,")


@each_case(
    ("text", "line"),
    [
        ("see https://x.org/a_b_c please", "see <https://x.org/a_b_c> please"),
        ("(https://x.org/A_(b)).", "(<https://x.org/A_(b)>)."),
        ("**https://x.org/*a*~b~?c=d&e#f**", "\\*\\*<https://x.org/*a*~b~?c=d&e#f>\\*\\*"),
        ("[a](https://x.org/_b_)", "\\[a\\](<https://x.org/_b>\\_)"),
        ("https://x.org/<b>*c*", "<https://x.org/>\\<b\\>\\*c\\*"),
        ("https://x`y`_z_", "<https://x>\\`y\\`\\_z\\_"),
        ("HTTP://x.org/ü_ü, and", "<HTTP://x.org/ü_ü>, and"),
        ("https:// _x_", "https:// \\_x\\_"),
        ("javascript:a_b_", "javascript:a\\_b\\_"),
    ],
)
def test_urls_in_markdown(text: str, line: str) -> None:
    """A URL is unchanged, and the text around it does not become markup."""
    (shown,) = [one for one in _document("md", [text]).split("\n") if one.startswith("- ")]

    assert f"- 21:00 **Zoë:** {line}" == shown


def test_no_attributes_in_markdown() -> None:
    """Braces are escaped: they are neither attributes of kramdown nor expressions of MDX or Liquid."""
    document = _document("md", ['https://x.org {: onclick="x"} {{ a }} {b} c^2^'])

    assert '<https://x.org> \\{: onclick="x"\\} \\{\\{ a \\}\\} \\{b\\} c\\^2\\^' in document


@pytest.mark.parametrize("format", ["md", "html"])
def test_days_of_the_readers_zone(format: str) -> None:
    """People read days and times of their own place."""
    document = _document(format, ["a"], hours=9)

    assert (True, True) == ("2026-11-24 (UTC+0900)" in document, "06:00" in document)


def test_a_day_has_one_heading() -> None:
    """A new day has a heading, and only a new one."""
    messages = [KeptMessage(n, "R", n, TIME + n * 3_600_000, "A", None, "x") for n in range(5)]
    document = "".join(FORMATS["md"]("R", messages, UTC))

    assert ["2026-11-23", "2026-11-24"] == re.findall(r"## (\S+)", document)


@each_case("format", list(FORMATS))
def test_nothing_is_held_back(format: str) -> None:
    """A document is yielded piece by piece while messages arrive, without a buffer."""
    taken = 0

    def messages() -> object:
        nonlocal taken
        for message in _messages(["a"] * 1000):
            taken += 1
            yield message

    pieces = FORMATS[format]("CS350", messages(), UTC)  # type: ignore[arg-type]
    for _ in range(5):
        next(pieces)

    assert taken <= 5


@each_case("format", list(FORMATS))
def test_an_empty_room(format: str) -> None:
    """A room without messages makes a document as well."""
    document = _document(format, [])

    assert (True, True) == (bool(document), document.endswith("\n"))
