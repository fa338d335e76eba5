"""The shapes of all that nodes write for each other, as lines of text.

    python -m tests.unit.core.line_shapes

writes them down again, for the version of the tables that has let no older servers in since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from msgspec import inspect

from classchat.core.acts import Location
from classchat.core.features.feature_table import ROWS
from classchat.core.node_lines import Line
from classchat.core.room_events import OrderEvent

RECORDED = Path(__file__).with_name("recorded_lines.txt")

Shapes = Mapping[str, list[str]]
"""The fields of each Struct, and the members of each union, in their order."""


def shapes() -> Shapes:
    """Return the shapes of the lines, and of what is read with them."""
    found: dict[str, list[str]] = {}
    for one in (Location, *ROWS):
        _named(inspect.type_info(one), found)
    unions = {
        "any line": [_named(inspect.type_info(one), found) for one in get_args(Line)],
        "any event of an order": [_named(inspect.type_info(one), found) for one in get_args(OrderEvent)],
    }
    return {**unions, **dict(sorted(found.items()))}


def written(oldest: int) -> str:
    """Return the shapes as text, for an oldest version."""
    lines = [f"{name}: {', '.join(fields)}" for name, fields in shapes().items()]
    return "\n".join([f"oldest {oldest}", *lines, ""])


def recorded() -> tuple[int, Shapes]:
    """Return the recorded oldest version, and its shapes."""
    first, *lines = RECORDED.read_text().splitlines()
    parts = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name: fields.split(", ") if fields else [] for name, _, fields in parts}


def _named(type_: inspect.Type, found: dict[str, list[str]]) -> str:
    """Return the name of a type; the Structs in it are added to those that were found."""
    match type_:
        case inspect.StructType(cls=cls):
            if cls.__name__ not in found:
                found[cls.__name__] = []
                found[cls.__name__] += _fields(type_, found)
            return cls.__name__
        case inspect.UnionType(types=types):
            return " | ".join(sorted(_named(one, found) for one in types))
        case inspect.LiteralType(values=values):
            return " | ".join(sorted(map(repr, values)))
        case inspect.CollectionType(item_type=item) | inspect.VarTupleType(item_type=item):
            return f"[{_named(item, found)}]"
        case inspect.DictType(key_type=key, value_type=value):
            return f"{{{_named(key, found)} {_named(value, found)}}}"
        case inspect.TupleType(item_types=items):
            return f"({' '.join(_named(one, found) for one in items)})"
        case _:
            return type(type_).__name__.removesuffix("Type").lower()


def _fields(struct: inspect.StructType, found: dict[str, list[str]]) -> Iterator[str]:
    for field in struct.fields:
        end = "" if field.required else " ="
        yield f"{field.encode_name} {_named(field.type, found)}{end}"


def _record() -> None:
    from classchat.journal.postgres.postgres_schema import OLDEST

    RECORDED.write_text(written(OLDEST))


if __name__ == "__main__":
    _record()
