"""Members of classes that get short names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

import classchat
from classchat import class_events, messages
from classchat.bundling.members import members_of
from classchat.bundling.modules import module_of
from classchat.bundling.printing import printed
from tests.tables import each_case

WEB = Path(classchat.__file__).parent / "web"


def short(source: str) -> str:
    """Return how one module is printed."""
    return printed({"main.js": module_of("main.js", source)}, "main.js")["main"].removesuffix("\n")


@each_case(
    ("source", "text"),
    [
        ("class A { draw() { this.draw(); } } f(g.draw, h?.draw());",
         "class a{a(){this.a()}}f(g.a,h?.a());"),
        ("class A { drawn = 1; }", "class a{a=1}"),
        ("class A { constructor() { this.cost = 1; } } let { cost } = f;",
         "class a{constructor(){this.a=1}}let{a:b}=f;"),
        ("class A { cost = 1; } let { cost: other } = f;", "class a{a=1}let{a:b}=f;"),
        ("class A { get cost() { return a; } } f.b;", "class b{get c(){return a}}f.b;"),
        ("class A { cost = 1; } f({ cost: 1 });", "class a{cost=1}f({cost:1});"),
        ("class A { cost = 1; } f({ cost });", "class a{cost=1}f({cost});"),
        ("class A { cost = 1; } f['cost'];", "class a{cost=1}f['cost'];"),
        ("class A { focus() {} } f.focus();", "class a{focus(){}}f.focus();"),
        ("class A { phase = 1; } f({ phase: 'phase' });", "class a{a=1}f({a:'phase'});"),
        ("f({ atStart: 1, phase }); g.atStart;", "f({a:1,b:phase});g.a;"),
        ("f.cost = 1; g({ cost: 1 });", "f.cost=1;g({cost:1});"),
    ],
)  # fmt: skip
def test_short_members(source: str, text: str) -> None:
    """A member's name is short everywhere, unless a browser has it, or it is a key or a string."""
    assert text == short(source)


def test_what_is_asked_for_by_name() -> None:
    """A member that has the name of what another bundle asks for keeps it."""
    sources = {
        "main": 'class A { go() {} } f(A); const late = await import("./late.js"); late.go();',
        "late": "export function go() {}",
    }
    modules = {f"{name}.js": module_of(f"{name}.js", source) for name, source in sources.items()}

    assert "class a{go(){}}" in printed(modules, "main.js")["main"]


def test_what_is_sent_and_stored_stays() -> None:
    """No field of the protocol's lines, and nothing that the page stores or tells other tabs, is short."""
    modules = {path.name: module_of(path.name, path.read_text(encoding="utf-8")) for path in WEB.glob("*.js")}
    members = members_of(modules.values(), ())
    types = (WEB / "types.js").read_text(encoding="utf-8")
    fields = {
        line.split("}")[-1].split()[0].strip("[]")
        for line in types[: types.index("The connection:")].splitlines()
        if "@property" in line
    }
    structure = modules["snapshot.js"].structure
    texts, ends = (
        structure.tokens.texts,
        {at: structure.partner[structure.around[at]] for at in structure.shorthands},
    )
    written = {texts[at] for at, end in ends.items() if texts[end + 1 : end + 3] != [")", "=>"]}
    written |= {texts[at] for at in structure.properties if texts[at + 1] == ":"}
    stored = {"ask", "here", "link", "rest", "name", "token", "epoch", "rooms", "past", "dialogs"}

    assert {"status", "since", "seqs"} <= fields
    assert set() == written
    assert set() == members & (fields | stored)


def test_names_of_the_wire() -> None:
    """No field that travels has a short name, but those that the page reads by strings."""
    modules = [module_of(path.name, path.read_text(encoding="utf-8")) for path in WEB.glob("*.js")]
    by_strings = {"kind", "own"}
    inside = {"is", "waits"}  # of answers, which do not travel as they are
    structs = list(_structs())
    fields = {field for struct in structs for field in struct.__struct_encode_fields__}
    fields.update(filter(None, (struct.__struct_config__.tag_field for struct in structs)))

    assert {"about", "kind", "topic", "waiting"} <= fields
    assert by_strings >= fields & members_of(modules, ()) - inside


def _structs() -> Iterator[type[Struct]]:
    """Yield all Structs of the protocol."""
    waiting: list[type[Struct]] = [Struct]
    while waiting:
        found = waiting.pop().__subclasses__()
        waiting.extend(found)
        yield from (one for one in found if one.__module__ in (messages.__name__, class_events.__name__))
