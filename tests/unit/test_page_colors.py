"""The colors of the page: each text has enough contrast on each ground that it may stand on."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb
from pathlib import Path

import pytest

import classchat

Color = tuple[float, float, float]

STYLE = (Path(classchat.__file__).parent / "web" / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): ([^;]+);", block))
    for block in re.findall(r":root \{([^}]+--page[^}]+)\}", STYLE)
)
MORE = dict(
    re.findall(r"--([a-z-]+): var\(--([a-z-]+)\);", STYLE.split("prefers-contrast: more")[1].split("}")[0])
)
HUES = [int(hue) for hue in re.findall(r"\.c\d \{ color: hsl\((\d+), var\(--name\)\); \}", STYLE)]

GROUNDS = ("page", "side", "raised", "tint")
TEXTS = {
    "text": (*GROUNDS, "warn-tint", "bad-tint"),
    "muted": GROUNDS,
    "accent": GROUNDS,
    "bad": ("page", "side", "raised", "bad-tint"),
    "warn": ("page", "raised", "warn-tint"),
    "on-accent": ("accent",),
}
"""On which grounds each text stands."""

ENOUGH = 4.5
"""The contrast that WCAG 2.2 wants of texts, at level AA (1.4.3)."""


def color(text: str) -> Color:
    """Read `#abc` or `#aabbcc`."""
    digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colors, from 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(rgb: Color) -> float:
    """Return the relative luminance of a color."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts(theme: dict[str, str]) -> None:
    """Texts, links, errors and the labels of buttons can be read."""
    pairs = [(text, ground) for text, grounds in TEXTS.items() for ground in grounds]

    assert [] == [
        (text, ground)
        for text, ground in pairs
        if contrast(color(theme[text]), color(theme[ground])) < ENOUGH
    ]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_names(theme: dict[str, str]) -> None:
    """Names can be read in each of their colors, also at a message that mentions the user."""
    saturation, lightness = (int(part.rstrip("%")) / 100 for part in theme["name"].split(", "))
    names = {hue: hls_to_rgb(hue / 360, lightness, saturation) for hue in HUES}

    assert 8 == len(names)
    assert [] == [
        (hue, ground)
        for hue, name in names.items()
        for ground in GROUNDS
        if contrast(name, color(theme[ground])) < ENOUGH
    ]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_more_contrast(theme: dict[str, str]) -> None:
    """For readers who want more contrast, no text and no line is grey."""
    strongest = color(theme["text"])

    assert {"muted", "line", "edge"} == {name for name in MORE if color(theme[MORE[name]]) == strongest}
    assert min(contrast(strongest, color(theme[ground])) for ground in GROUNDS) >= 7
