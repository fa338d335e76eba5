"""Statements written as expressions, which are shorter: `if(a)f();else g();` becomes `a?f():g();`.

    if (a) f();                          a&&f();
    if (!a) f();                         a||f();
    if (a) { b = 1; f(); } else g();     a?(b=1,f()):g();
    if (a) return b; f(); return c;      return a?b:(f(),c);
    (a) => { f(); return b; }            a=>(f(),b)

Only what has a semicolon at its end is an expression here. Parentheses stand where an operator of a lower
precedence would take another meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from classchat.bundling.modules import Module
from classchat.bundling.structure import BLOCK
from classchat.bundling.tokens import NAME

_COMMA, _ASSIGNMENT, _CONDITION, _COALESCING, _OR, _AND, _OTHER, _ALONE = range(8)
"""The precedence of operators: a higher one binds its operands more tightly."""

_PRECEDENCE: Final = {
    ",": _COMMA,
    **dict.fromkeys(["=>", "yield"], _ASSIGNMENT),
    "?": _CONDITION,
    "??": _COALESCING,
    "||": _OR,
    "&&": _AND,
}
_COMPARISONS: Final = frozenset(["==", "===", "!=", "!==", "<=", ">="])
_DECLARATIONS: Final = frozenset(["let", "const", "var", "function", "class", "async"])
_OTHER_STATEMENTS: Final = frozenset(
    ["return", "throw", "break", "continue", "for", "while", "do", "try", "switch", ";"]
)
_BEGINS_OTHERWISE: Final = frozenset(["{", *_DECLARATIONS])
"""What begins something else at the beginning of a statement."""

_BINARY: Final = frozenset(["in", "instanceof"])
_IN_A_PATH: Final = frozenset([".", "?.", "(", "["])


@dataclass(eq=False)
class Changes:
    """What is printed otherwise, by the places of tokens."""

    before: dict[int, str] = field(default_factory=dict)
    instead: dict[int, str] = field(default_factory=dict)
    behind: dict[int, str] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)

    def add(self, other: Changes) -> None:
        """Add other changes: those of tokens within these, or around them."""
        for at, text in other.before.items():
            self.before[at] = text + self.before.get(at, "")
        for at, text in other.behind.items():
            self.behind[at] = self.behind.get(at, "") + text
        self.instead.update(other.instead)
        self.left_out |= other.left_out


@dataclass(eq=False)
class _Piece:
    """An expression that is printed instead of statements, between two places."""

    first: int
    last: int
    precedence: int
    gain: int
    """How many characters it is shorter."""

    changes: Changes = field(default_factory=Changes)

    def within(self, precedence: int) -> _Piece:
        """Return the same, in parentheses if it binds its operands less tightly than what is around it."""
        if self.precedence < precedence:
            self.changes.add(Changes(before={self.first: "("}, behind={self.last: ")"}))
            self.gain -= 2
            self.precedence = _ALONE
        return self


def expressions_of(module: Module, bodies: Iterable[int]) -> Changes:
    """Return how statements of a module are printed; `bodies` are the braces of functions that are arrows."""
    return _Writer(module).written(frozenset(bodies))


class _Writer:
    """Writes the statements of one module as expressions."""

    def __init__(self, module: Module) -> None:
        self._structure = module.structure
        self._texts = module.tokens.texts
        self._kinds = module.tokens.kinds

    def written(self, bodies: frozenset[int]) -> Changes:
        """Return what changes; the outermost statements are looked at first."""
        found = Changes()
        for at, text in enumerate(self._texts):
            if at in found.left_out or at in self._structure.properties:
                continue
            if self._structure.braces.get(at) == BLOCK:
                found.add(self._body(at, at in bodies or self._texts[at - 1] == "=>"))
            elif text == "if" and self._kinds[at] == NAME:
                piece = self._statement(at)
                if piece and piece.gain > 0 and self._begins(piece) not in _BEGINS_OTHERWISE:
                    end = self._end(at)
                    found.add(piece.changes)
                    if self._texts[end + 1 : end + 2] != ["}"]:
                        found.add(Changes(behind={end: ";"}))
        return found

    def _body(self, brace: int, is_arrow: bool) -> Changes:
        """Return the changes of a block, whose last statements may become one that returns something."""
        end = self._structure.partner[brace]
        places = list(self._statements(brace + 1, end))
        whole = self._returned(places) if is_arrow else None
        if whole is not None:
            whole.within(_ALONE if self._begins(whole) == "{" else _ASSIGNMENT)
            whole.changes.left_out |= {brace, end}
            return whole.changes
        last = best = self._returned(places[-1:])
        for at in range(len(places) - 2, -1, -1):
            piece = self._returned(places[at:])
            if piece is None:
                break
            if best is None or piece.gain > best.gain:
                best = piece
        if best is not None and best is not last:
            best.changes.add(Changes(before={best.first: "return"}))
            return best.changes
        return self._tail(places) if is_arrow or self._structure.is_function(brace - 1) else Changes()

    def _tail(self, places: Sequence[int]) -> Changes:
        """Return the changes of a function's last statements: they are one from an `if (a) return;` on."""
        best = None
        for at in range(len(places) - 2, -1, -1):
            piece = self._ended(places[at:])
            if piece is None:
                break
            if self._leaves(places[at]):
                best = piece
        return best.changes if best else Changes()

    def _ended(self, places: Sequence[int]) -> _Piece | None:
        """Return a function's last statements as one expression; None if they can't be one."""
        piece = self._statement(places[-1])
        for at in reversed(places[:-1]):
            if piece is None:
                return None
            alone = self._statement(at)
            if self._leaves(at):
                piece = self._if_not(at, piece)
            else:
                piece = self._in_a_row([alone, piece]) if alone else None
        return piece

    def _leaves(self, at: int) -> bool:
        """Return whether a statement is `if (a) return;`."""
        if self._texts[at] != "if":
            return False
        close = self._structure.partner[at + 1]
        return self._texts[close + 1 : close + 3] == ["return", ";"] and self._texts[close + 3] != "else"

    def _if_not(self, at: int, rest: _Piece) -> _Piece:
        """Return `a||b` for `if (a) return; b;`."""
        close = self._structure.partner[at + 1]
        rest.changes.left_out |= {close + 1, close + 2}
        return self._guarded(at, rest, is_wanted=False)

    def _returned(self, places: Sequence[int]) -> _Piece | None:
        """Return what statements return in any case; None if they do not, or are no expression."""
        piece = self._return(places[-1]) if places else None
        for at in reversed(places[:-1]):
            piece = self._before(at, piece) if piece else None
        return piece

    def _before(self, at: int, rest: _Piece) -> _Piece | None:
        """Return a statement with what the ones behind it return."""
        alone = self._statement(at)
        if alone is not None:
            return self._in_a_row([alone, rest])
        if self._texts[at] != "if":
            return None
        close = self._structure.partner[at + 1]
        returned = self._return(close + 1)
        if returned is None or self._end(at) != self._end(close + 1):
            return None
        return self._choice(at, returned, rest)

    def _return(self, at: int) -> _Piece | None:
        """Return what a statement returns in any case; None if it does not."""
        end = self._end(at)
        if self._structure.braces.get(at) == BLOCK:
            piece = self._returned(list(self._statements(at + 1, end)))
            return self._without_braces(at, piece) if piece else None
        if self._texts[at] != "return" or self._texts[end] != ";" or end == at + 1:
            return None
        changes = Changes(left_out={at, end})
        return _Piece(at + 1, end - 1, self._precedence(at + 1, end), len("return ;"), changes)

    def _statement(self, at: int) -> _Piece | None:
        """Return a statement as an expression whose value nobody needs; None if it can't be one."""
        text, end = self._texts[at], self._end(at)
        if self._structure.braces.get(at) == BLOCK:
            pieces = [self._statement(place) for place in self._statements(at + 1, end)]
            found = [piece for piece in pieces if piece is not None]
            return self._without_braces(at, self._in_a_row(found)) if found and found == pieces else None
        if text == "if" and self._kinds[at] == NAME:
            return self._if(at)
        if self._texts[end] != ";" or text in _OTHER_STATEMENTS or text in _DECLARATIONS:
            return None
        return _Piece(at, end - 1, self._precedence(at, end), 1, Changes(left_out={end}))

    def _if(self, at: int) -> _Piece | None:
        """Return an `if` as an expression."""
        close = self._structure.partner[at + 1]
        then = self._statement(close + 1)
        if then is None:
            return None
        otherwise = self._end(close + 1) + 1
        if self._texts[otherwise : otherwise + 1] == ["else"]:
            rest = self._statement(otherwise + 1)
            if rest is None:
                return None
            rest.changes.left_out.add(otherwise)
            rest.gain += 4
            return self._choice(at, then, rest)
        return self._guarded(at, then)

    def _choice(self, at: int, then: _Piece, rest: _Piece) -> _Piece:
        """Return `a?b:c` for the `if` at a place."""
        piece = self._joined(self._condition(at, "?", _COALESCING), then.within(_ASSIGNMENT), _CONDITION)
        piece.changes.add(Changes(behind={piece.last: ":"}))
        piece.gain -= 1
        return self._joined(piece, rest.within(_ASSIGNMENT), _CONDITION)

    def _guarded(self, at: int, then: _Piece, *, is_wanted: bool = True) -> _Piece:
        """Return `a&&b` for the `if` at a place; `a||b` if it is about the contrary."""
        close = self._structure.partner[at + 1]
        is_not = self._texts[at + 2] == "!" and self._is_path(at + 3, close)
        operator, precedence = ("&&", _AND) if is_not != is_wanted else ("||", _OR)
        piece = self._condition(at, operator, precedence, is_not=is_not)
        return self._joined(piece, then.within(precedence), precedence)

    def _condition(self, at: int, operator: str, least: int, *, is_not: bool = False) -> _Piece:
        """Return the condition of an `if` with the operator behind it."""
        close = self._structure.partner[at + 1]
        changes = Changes(left_out={at}, behind={close: operator})
        piece = _Piece(at + 1, close, least, len("if") - len(operator), changes)
        if self._precedence(at + 2, close) >= least:
            changes.left_out |= {at + 1, close}
            piece.gain += 2
        if is_not:
            changes.left_out.add(at + 2)
            piece.gain += 1
        return piece

    def _in_a_row(self, pieces: Sequence[_Piece]) -> _Piece:
        """Return expressions of which each is evaluated, and the last one counts."""
        first, *others = pieces
        for other in others:
            first.changes.add(Changes(behind={first.last: ","}))
            first.gain -= 1
            first = self._joined(first, other, _COMMA)
        return first

    def _joined(self, one: _Piece, other: _Piece, precedence: int) -> _Piece:
        """Return two expressions that stand behind each other as one."""
        one.changes.add(other.changes)
        return _Piece(one.first, other.last, precedence, one.gain + other.gain, one.changes)

    def _without_braces(self, at: int, piece: _Piece) -> _Piece:
        piece.changes.left_out |= {at, self._structure.partner[at]}
        piece.gain += 2
        return piece

    def _statements(self, at: int, end: int) -> Iterator[int]:
        """Yield where the statements between two places begin; none if they are the cases of a `switch`."""
        while at < end and self._texts[at] not in ("case", "default"):
            yield at
            at = self._end(at) + 1

    def _end(self, at: int) -> int:
        """Return the last place of the statement that begins at a place: its semicolon, if it has one."""
        texts, partner = self._texts, self._structure.partner
        match texts[at]:
            case "{":
                return partner[at]
            case "if":
                end = self._end(partner[at + 1] + 1)
                return self._end(end + 2) if texts[end + 1 : end + 2] == ["else"] else end
            case "for" | "while":
                head = at + 2 if texts[at + 1] == "await" else at + 1
                return self._end(partner[head] + 1)
            case "switch":
                return partner[partner[at + 1] + 1]
            case "try":
                return self._end_of_try(at)
        while at < len(texts) and texts[at] not in (";", "}"):
            at = self._structure.after(at)
        return at if texts[at : at + 1] == [";"] else at - 1

    def _end_of_try(self, at: int) -> int:
        texts, partner = self._texts, self._structure.partner
        end = partner[at + 1]
        while texts[end + 1 : end + 2] in (["catch"], ["finally"]):
            end = partner[end + 2]
            if texts[end] == ")":
                end = partner[end + 1]
        return end

    def _precedence(self, at: int, end: int) -> int:
        """Return the lowest precedence of an operator between two places, outside of all brackets."""
        lowest = _OTHER
        while at < end:
            text, kind = self._texts[at], self._kinds[at]
            if kind == "mark" or (kind == NAME and text == "yield"):
                is_assignment = text[-1] == "=" and text not in _COMPARISONS
                lowest = min(lowest, _ASSIGNMENT if is_assignment else _PRECEDENCE.get(text, _OTHER))
            at = self._structure.after(at)
        return lowest

    def _is_path(self, at: int, end: int) -> bool:
        """Return whether there are only names, properties and calls between two places: `a.b(c)[d]`."""
        while at < end:
            is_name = self._kinds[at] == NAME and self._texts[at] not in _BINARY
            if not is_name and self._texts[at] not in _IN_A_PATH:
                return False
            at = self._structure.after(at)
        return True

    def _begins(self, piece: _Piece) -> str:
        """Return the first mark or word that is printed of a piece."""
        if piece.first in piece.changes.before:
            return piece.changes.before[piece.first]
        places = range(piece.first, piece.last + 1)
        return next(self._texts[at] for at in places if at not in piece.changes.left_out)
