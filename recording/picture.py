"""A film as an animated SVG, with text as text and without external files.

Without animation it shows the last frame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from html import escape
from typing import TypeVar

from recording.film import Cursor, Film, Look, Row, Run

_WIDTH, _HEIGHT, _SIZE = 8.4, 18, 14  # of a cell, of its letters
_PAD, _BAR, _GAP, _EDGE = 14, 34, 20, 10

_GROUND, _FRAME, _BORDER, _TITLE, _TEXT = "#161b22", "#21262d", "#30363d", "#8b949e", "#d5dbe3"
_LIGHTS = ("#ff5f57", "#febc2e", "#28c840")
_NAMED = {
    "default": _TEXT,
    "black": "#484f58",
    "red": "#ff7b72",
    "green": "#56d364",
    "brown": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#56d4dd",
    "white": _TEXT,
}
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"

Span = tuple[float, float]
T = TypeVar("T")


def svg(film: Film) -> str:
    """Return the picture."""
    window = film.columns * _WIDTH + 2 * _PAD, film.rows * _HEIGHT + _BAR + 2 * _PAD
    count = len(film.titles)
    width = count * window[0] + (count - 1) * _GAP + 2 * _EDGE
    height = window[1] + 2 * _EDGE
    drawing = _Drawing(film)
    windows = [
        line
        for place, title in enumerate(film.titles)
        for line in drawing.window(place, title, _EDGE + place * (window[0] + _GAP), window)
    ]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" font-family="{escape(_FONTS)}" font-size="{_SIZE}" fill="{_TEXT}"'
        ' role="img" aria-labelledby="t">',
        f'<title id="t">{escape(" and ".join(film.titles))} in a chat, each in a terminal</title>',
        f"<style>{drawing.style()}</style>",
        f"<defs>{''.join(drawing.definitions())}</defs>",
        *windows,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


class _Drawing:
    """The pieces of a picture: each row and each span of time is written down once."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._starts = [start for start, _ in film.frames]
        self._rows: dict[Row, str] = {}
        self._spans: dict[Span, str] = {}

    def window(self, place: int, title: str, x: float, size: tuple[float, float]) -> Iterator[str]:
        """Yield a window, with all that ever stands in it."""
        width, height = size
        yield f'<g transform="translate({x:g} {_EDGE})">'
        yield f'<rect width="{width:g}" height="{height:g}" rx="9" fill="{_GROUND}" stroke="{_BORDER}"/>'
        yield (
            f'<path d="M0 {_BAR}V9a9 9 0 0 1 9-9H{width - 9:g}a9 9 0 0 1 9 9V{_BAR}z" fill="{_FRAME}"'
            f' stroke="{_BORDER}"/>'
        )
        for number, light in enumerate(_LIGHTS):
            yield f'<circle cx="{20 + 20 * number}" cy="{_BAR / 2:g}" r="6" fill="{light}"/>'
        yield (
            f'<text x="{width / 2:g}" y="{_BAR / 2 + 5:g}" text-anchor="middle" fill="{_TITLE}"'
            f' font-weight="600">{escape(title)}</text>'
        )
        yield f'<g transform="translate({_PAD} {_BAR + _PAD})">'
        for span, drawn in sorted(self._seen(place).items()):
            yield f"<g{self._when(span)}>{''.join(drawn)}</g>"
        yield "</g></g>"

    def definitions(self) -> Iterator[str]:
        """Yield the rows."""
        for row, name in self._rows.items():
            yield f'<g id="{name}">{"".join(map(_run, row))}</g>\n'

    def style(self) -> str:
        """Return the style that times the animation, for viewers who accept motion."""
        total = self._film.seconds
        rules = []
        for (start, end), name in self._spans.items():
            first, last = f"{start / total:.3%}", f"{end / total:.3%}"
            shown = f"{first}{{visibility:visible}}"
            before = "0%{visibility:hidden}" if start else ""
            after = f"{last},to{{visibility:hidden}}" if end < total else ""
            rules.append(f"@keyframes {name}{{{before}{shown}{after}}}.{name}{{animation-name:{name}}}")
        return (
            "text{white-space:pre}.h{visibility:hidden}\n"
            "@media (prefers-reduced-motion:no-preference){"
            f"g{{animation-duration:{total:g}s;animation-timing-function:step-end;"
            "animation-iteration-count:infinite}\n" + "\n".join(rules) + "}"
        )

    def _seen(self, place: int) -> dict[Span, list[str]]:
        """Return the runs in a window, by the time span in which each is visible."""
        seen: dict[Span, list[str]] = defaultdict(list)
        shots = [shots[place] for _, shots in self._film.frames]
        for number in range(self._film.rows):
            for row, span in self._spans_of([one.rows[number] for one in shots]):
                if row:
                    seen[span].append(f'<use href="#{self._row(row)}" y="{number * _HEIGHT}"/>')
        for cursor, span in self._spans_of([one.cursor for one in shots]):
            seen[span].append(_cursor(cursor))
        return seen

    def _spans_of(self, values: list[T]) -> Iterator[tuple[T, Span]]:
        start = 0
        for place, value in enumerate(values):
            if place + 1 == len(values) or values[place + 1] != value:
                last = place + 1 == len(values)
                end = self._film.seconds if last else self._starts[place + 1]
                yield value, (self._starts[start], end)
                start = place + 1

    def _row(self, row: Row) -> str:
        return self._rows.setdefault(row, f"r{len(self._rows)}")

    def _when(self, span: Span) -> str:
        """Return the classes of runs in a time span: those that are not in the last frame start hidden."""
        start, end = span
        if not start and end == self._film.seconds:
            return ""
        name = self._spans.setdefault(span, f"s{len(self._spans)}")
        return f' class="{name}"' if end == self._film.seconds else f' class="h {name}"'


def _run(run: Run) -> str:
    """Draw a run at its cells, however wide the font's letters are."""
    x, width = run.column * _WIDTH, run.columns * _WIDTH
    colour, ground = _colour(run.look), ""
    if run.look.reverse:
        ground = f'<rect x="{x:.5g}" width="{width:.5g}" height="{_HEIGHT}" fill="{colour}"/>'
        colour = _GROUND
    blanks = len(run.text) - len(run.text.lstrip())
    text, cells = run.text.strip(), run.columns - (len(run.text) - len(run.text.strip()))
    if not text:
        return ground
    x += blanks * _WIDTH
    looks = "" if colour == _TEXT else f' fill="{colour}"'
    looks += ' font-weight="bold"' if run.look.bold else ""
    looks += ' opacity=".55"' if run.look.dim and not run.look.reverse else ""
    if cells == 2 and len(text) == 1:
        place = f'x="{x + _WIDTH:.5g}" text-anchor="middle"'
    else:
        place = f'x="{x:.5g}" textLength="{cells * _WIDTH:.5g}"'
    return f'{ground}<text {place} y="{_SIZE}"{looks}>{escape(text)}</text>'


def _colour(look: Look) -> str:
    return _NAMED.get(look.colour.removeprefix("bright")) or f"#{look.colour}"


def _cursor(cursor: Cursor) -> str:
    place = f'x="{cursor.column * _WIDTH:.5g}" y="{cursor.row * _HEIGHT}"'
    return f'<rect {place} width="{_WIDTH}" height="{_HEIGHT}" fill="{_TEXT}" opacity=".5"/>'
