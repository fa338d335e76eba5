"""Texts of others: the payloads that an attacker would try on a terminal, and what is left of them."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from classchat.client.display import view
from classchat.client.display.stranger import shown, shown_name
from classchat.messages import Error, Group, Private, Success
from tests.tables import each_case

ESC, CSI, OSC, DCS, ST, BEL = "\x1b", "\x9b", "\x9d", "\x90", "\x9c", "\x07"

PAYLOADS = {
    # Moving, erasing, colouring: ECMA-48.
    "erase screen": f"{ESC}[2J",
    "erase scrollback": f"{ESC}[3J",
    "home": f"{ESC}[H",
    "up and erase": f"{ESC}[1A{ESC}[2K",
    "column 1": f"{ESC}[1G[SUCCESS] You have won",
    "scroll region": f"{ESC}[1;2r",
    "scroll down": f"{ESC}[5T",
    "insert lines": f"{ESC}[9L",
    "red": f"{ESC}[31mred",
    "conceal": f"{ESC}[8mhidden",
    "reverse": f"{ESC}[7m",
    "colour of 24 bits": f"{ESC}[38;2;0;0;0m",
    "unfinished CSI": f"{ESC}[",
    "CSI in one character": f"{CSI}2J",
    "CSI with too many parameters": f"{ESC}[{'1;' * 500}m",
    "repeat": f"x{ESC}[999999b",
    # Modes and resets.
    "reset": f"{ESC}c",
    "soft reset": f"{ESC}[!p",
    "alternate screen": f"{ESC}[?1049h",
    "hide cursor": f"{ESC}[?25l",
    "no wrapping": f"{ESC}[?7l",
    "mouse": f"{ESC}[?1000h{ESC}[?1006h",
    "focus events": f"{ESC}[?1004h",
    "no bracketed paste": f"{ESC}[?2004l",
    "end of paste": f"{ESC}[201~/quit",
    "synchronized output": f"{ESC}[?2026h",
    "line drawing": f"{ESC}(0abc",
    "shift out": "\x0eabc",
    "keypad": f"{ESC}=",
    "resize": f"{ESC}[8;1;1t",
    "iconify": f"{ESC}[2t",
    # Queries whose answers would arrive as typed input.
    "device attributes": f"{ESC}[c",
    "cursor position": f"{ESC}[6n",
    "answerback": "\x05",
    "report title": f"{ESC}[21t",
    "termcap": f"{ESC}P+q544e{ESC}\\",
    "status string": f"{DCS}$qm{ST}",
    # OSC.
    "title": f"{ESC}]0;pwned{BEL}",
    "title, C1": f"{OSC}2;pwned{ST}",
    "link": f"{ESC}]8;;http://evil.example{ESC}\\click{ESC}]8;;{ESC}\\",
    "clipboard": f"{ESC}]52;c;cm0gLXJmIH4K{BEL}",
    "read clipboard": f"{ESC}]52;c;?{BEL}",
    "palette": f"{ESC}]4;1;rgb:00/00/00{BEL}",
    "background": f"{ESC}]11;#000000{BEL}",
    "notification": f"{ESC}]9;pwned{BEL}",
    "image": f"{ESC}]1337;File=inline=1:AAAA{BEL}",
    "unfinished OSC": f"{ESC}]0;everything that follows",
    "tmux passthrough": f"{ESC}Ptmux;{ESC}{ESC}]52;c;AA{BEL}{ESC}\\",
    "application program command": f"{ESC}_Gf=100;AAAA{ESC}\\",
    # Bare controls.
    "bell": BEL * 100,
    "backspaces": "abc\b\b\bxyz",
    "carriage return": "hello\r[SUCCESS] You have won",
    "vertical tab and form feed": "a\x0bb\x0cc",
    "null and delete": "a\x00b\x7fc",
    "next line": "a\x85[ERROR] b",
    "reverse index": "a\x8db",
    "cancel and substitute": "a\x18b\x1ac",
    "lone surrogate": "a\ud83db",
    # Unicode.
    "right-to-left override": "\u202egnp.exe",
    "left-to-right override": "\u202dabc",
    "open embedding": "\u202babc",
    "open isolate": "\u2067abc",
    "isolates in isolates": "\u2066" * 300,
    "closing what is not open": "\u2069\u202c\u2069",
    "crossed": "\u2067\u202b\u2069\u202c",
    "line separator": "a\u2028[ERROR] b",
    "paragraph separator": "a\u2029[ERROR] b",
    "tower of accents": "a" + "\u0301" * 200,
    "tags of annotations": "\ufff9a\ufffab\ufffb",
    "forged line": "hello\n[SUCCESS] You have won",
}

DANGEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\u2028\u2029\ud800-\udfff]")
OPENING = {"\u202a": "\u202c", "\u202b": "\u202c", **dict.fromkeys("\u2066\u2067\u2068", "\u2069")}
HEAD = re.compile(r"\[[^\n]*\] ")

wild = st.text(
    st.characters() | st.characters(categories=["Cc", "Cs", "Cf", "Mn"]) | st.sampled_from([*OPENING, "\n"])
)


def is_balanced(line: str) -> bool:
    """Return whether everything that reverses text is closed again, in order."""
    closing: list[str] = []
    for character in line:
        if character in OPENING:
            closing.append(OPENING[character])
        elif character in OPENING.values() and (not closing or closing.pop() != character):
            return False
    return not closing


def is_harmless(text: str) -> bool:
    """Return whether a text can't affect what stands around it."""
    lines = text.split("\n")
    return (
        not DANGEROUS.search(text)
        and all(map(is_balanced, lines))
        and all(line.startswith("    ") for line in lines[1:])
    )


def test_there_are_enough_payloads() -> None:
    """There are the 60 usual payloads, and some more."""
    assert len(PAYLOADS) >= 60


@each_case(
    "stacked",
    [
        "\u0301",
        "\u0489",
        "\u20dd",
        "\u0e38",
        "\u0903",
        "\u1161",
        "\u200d",
        "\ufe0f",
        "\u0301\u200d",
        "\u0301\ufe0f",
        "\u0301\u034f",
        "\u0301\u2060",
        "\U0001f3fb",
        "\U000e0061",
    ],
)
def test_at_most_eight_marks_on_a_letter(stacked: str) -> None:
    """Of characters without a column, at most eight are shown on a letter, of any kind."""
    tower = "a" + stacked * 200 + "b"

    assert ["a" + (stacked * 200)[:8] + "b"] * 2 == [shown(tower), shown_name(tower, 500)]


@each_case("payload", PAYLOADS.values())
def test_payload(payload: str) -> None:
    """In a text, a name, a room's name or an answer a payload does nothing, and imitates no line."""
    lines = [
        view.line_of(event)
        for event in (
            Group("Mallory", "CS350", payload),
            Group(payload, "CS350", "Hello"),
            Group("Mallory", payload, "Hello"),
            Group("SERVER", payload, payload),
            Private("Mallory", "Alice", payload),
            Private(payload, "Alice", "Hello"),
            Success("SERVER", "Alice", payload),
            Error("SERVER", "Alice", payload),
        )
    ]

    assert [True] * len(lines) == [is_harmless(line) for line in lines]
    assert [1, 1] == [len(lines[name].split("\n")) for name in (1, 2)]


@each_case(
    "text",
    [
        "Hello",
        "愛 and 漢字",
        "e\u0301 and a\u0300\u0323",
        "👩🏽‍🚀 and 🏳️‍🌈 and 🇩🇪",
        "שלום, עולם",
        "see \u2067שלום (1)\u2069 there",
        "\u202bשלום\u202c",
        "می\u200cخواهم",
        "क्षत्रिय",
        "a\tb\n    c",
    ],
)
def test_what_people_write(text: str) -> None:
    """Texts in people's languages are shown as they were written."""
    assert text == shown(text)


def test_open_isolate_ends_with_its_line() -> None:
    """An isolate that a line leaves open is closed at its end, so that the next line is not reversed."""
    assert "\u2067a\u202bb\u202c\u2069\nc" == shown("\u2067a\u202bb\nc")


@given(wild)
def test_any_text(text: str) -> None:
    """Every text becomes harmless, and a second pass changes nothing more."""
    once = shown(text)

    assert is_harmless(once.replace("\n", "\n    "))
    assert once == shown(once)


@given(wild)
def test_any_name(name: str) -> None:
    """Every name becomes one line without anything that reverses text."""
    plain = shown_name(name)

    assert not DANGEROUS.search(plain)
    assert not {"\n", "\t", *OPENING} & set(plain)
    assert len(plain) <= 64


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=64))
def test_real_names_stay(name: str) -> None:
    """A name that a server allows is shown as it is."""
    assert name == shown_name(name) or any(map(unicodedata.combining, name))
