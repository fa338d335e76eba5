"""Modules, and how they are joined into bundles."""

from __future__ import annotations

import re

import pytest

from classchat.bundling.bundles import bundles_of
from classchat.bundling.modules import Module, module_of
from classchat.bundling.tokens import ScriptError
from tests.tables import each_case


def modules(**sources: str) -> dict[str, Module]:
    """Return modules by the names of their files, `a` being a.js."""
    return {f"{name}.js": module_of(f"{name}.js", source) for name, source in sources.items()}


def joined(**sources: str) -> dict[str, list[str]]:
    """Return the modules in each bundle, beginning with `main`."""
    bundles = bundles_of(modules(**sources), "main.js")
    return {bundle.name: [module.name.removesuffix(".js") for module in bundle.modules] for bundle in bundles}


def test_imports() -> None:
    """Names are imported as they are, or under another name; a module can be needed without a name."""
    found = module_of(
        "a.js", 'import { b, c as d } from "./e.js"; import "./f.js"; const g = import("./h.js");'
    )

    assert {"b": ("e.js", "b"), "d": ("e.js", "c")} == found.imported
    assert (["e.js", "f.js"], ["h.js"]) == (found.needs, list(found.later.values()))


def test_exports() -> None:
    """Declarations are exported, and names, also those of other modules."""
    found = module_of(
        "a.js",
        "export const b = 1; export function c() {} export class D {} export async function e() {} "
        'let f; export { f, f as g }; export { h } from "./i.js";',
    )

    assert {"b": "b", "c": "c", "D": "D", "e": "e", "f": "f", "g": "f"}.items() <= found.exported.items()
    assert ("i.js", "h") == found.imported[found.exported["h"]]
    assert ["i.js"] == found.needs


@each_case(
    ("source", "reason"),
    [
        ('import a from "./b.js"', "import"),
        ('import a, { b } from "./c.js"', "import"),
        ('import { a } from "b"', "it imports \"b\", which is no module of the page"),
        ("import(a)", "it imports a, which"),
        ('export * from "./b.js"', "'export *' is nothing that can be joined"),
        ("export default a", "'export default'"),
        ("export const { a } = b", "'export const'"),
        ("a(", "is not closed"),
    ],
)  # fmt: skip
def test_what_can_not_be_joined(source: str, reason: str) -> None:
    """Forms of import and export that the page does not use are refused."""
    with pytest.raises(ScriptError, match=re.escape(reason)):
        module_of("a.js", source)


def test_one_bundle() -> None:
    """What is always loaded together is one bundle, each module once and after those that it needs."""
    assert {"main": ["c", "a", "b", "main"]} == joined(
        main='import "./a.js"; import "./b.js";', a='import "./c.js";', b='import "./c.js"', c="", unused=""
    )


def test_what_is_imported_later() -> None:
    """A module that is imported later has a bundle, with what is not there before."""
    assert {"main": ["a", "main"], "late": ["b", "late"]} == joined(
        main='import "./a.js"; import("./late.js");', a="", late='import "./a.js"; import "./b.js";', b=""
    )


def test_what_is_shared() -> None:
    """What two later modules need, and nothing before them, is a bundle of its own."""
    assert {"main": ["main"], "a": ["a"], "b": ["b"], "a-b": ["c"]} == joined(
        main='import("./a.js"); import("./b.js")', a='import "./c.js"', b='import "./c.js"', c=""
    )


def test_what_is_there_on_every_way() -> None:
    """A module is left out of a bundle only if it is there whatever loads the bundle."""
    found = joined(
        main='import("./a.js"); import("./b.js")',
        a='import "./c.js"; import("./d.js")',
        b='import("./d.js")',
        c="",
        d='import "./c.js"',
    )

    assert {"main": ["main"], "a": ["a"], "a-d": ["c"], "b": ["b"], "d": ["d"]} == found


def test_modules_that_import_each_other_later() -> None:
    """A module may import one later that needs it."""
    assert {"main": ["main"], "a": ["a"]} == joined(main='import("./a.js")', a='import "./main.js"')


def test_wide_sharing_takes_no_time() -> None:
    """Modules that share imports are each looked at once: 2 to the power of 40 ways lead to the last one."""
    sources = {f"m{n}": f'import "./m{n + 1}.js"; export {{ a }} from "./m{n + 1}.js";' for n in range(40)}

    assert 42 == len(joined(**sources, m40="export const a = 1;", main='import "./m0.js"')["main"])


@each_case(
    ("sources", "reason"),
    [
        ({"main": 'import "./a.js"', "a": 'import "./main.js"'}, "each other: main.js -> a.js -> main.js."),
        ({"main": 'import "./main.js"'}, "main.js -> main.js"),
        ({"main": 'import "./gone.js"'}, "main.js of the page refers to 'gone.js', which does not exist."),
        ({"main": 'import("./gone.js")'}, "refers to 'gone.js', which does not exist."),
        ({}, "refers to 'main.js', which does not exist."),
    ],
)  # fmt: skip
def test_modules_that_do_not_fit(sources: dict[str, str], reason: str) -> None:
    """Modules that need each other, or one that does not exist, are refused."""
    with pytest.raises(ScriptError, match=re.escape(reason)):
        joined(**sources)
