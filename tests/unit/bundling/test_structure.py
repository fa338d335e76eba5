"""What the names in a script are."""

from __future__ import annotations

import pytest

from classchat.bundling.structure import Structure, structure_of
from classchat.bundling.tokens import ScriptError, read
from tests.tables import each_case


def structure(source: str) -> Structure:
    """Return the structure of a script."""
    return structure_of(read(source))


@each_case(
    ("source", "declared"),
    [
        ("const a = b, c = d(e, f), g = [h, i];", "a c g"),
        ("let { a, b: c, d = e, ...f } = g;", "a c d f"),
        ("const [a, [b = c, d], , ...e] = f;", "a b d e"),
        ("const { a: { b, c: [d] } } = e;", "b d"),
        ("for (const [a, { b }] of c) d();", "a b"),
        ("for (let a = 0, b = c; a < b; a++) d();", "a b"),
        ("const a = `${b}${c}`, d = e;", "a d"),
        ("function a(b, { c, d: e } = f, ...g) {}", "a b c e g"),
        ("async function* a(b) {}", "a b"),
        ("class A extends B { #c; d = e; f(g, h = i) { j(); } static async k(l) {} get m() {} }", "A g h l"),
        ("a((b, c = d) => e, f => g, async (h) => {});", "b c f h"),
        ("const a = { b(c) {}, async d(e) {}, get f() {}, g: (h) => i };", "a c e h"),
        ("try { a(); } catch (b) {} try {} catch {}", "b"),
        ("if (a) { b(c); } while (d) { e; } switch (f) { case g: { h(); } default: { i(); } }", ""),
        ("a.const = b.function(c);", ""),
    ],
)  # fmt: skip
def test_what_is_declared(source: str, declared: str) -> None:
    """Constants, variables, functions, classes, parameters and caught errors are declared."""
    assert set(declared.split()) == structure(source).declared


def test_what_is_outermost() -> None:
    """What is declared outside of all brackets can be exported."""
    found = structure(
        "const { a } = b; function c(d) { const e = 1; } class F { g() {} } for (const h of i) j();"
    )

    assert {"a", "c", "F"} == found.topmost


@each_case(
    ("source", "properties"),
    [
        ("a.b?.c(d)", "b c"),
        ("f({ a: b, c: d ? e : g, 'h': i, [j]: k, ...l })", "a c"),
        ("const a = { b() {}, async c() {}, get d() {}, get: f, g: async () => h };", "b c d get g"),
        ("class A { b = c; #d = e; static f = g; h() { i({ j: k }); } }", "b #d f h j"),
        ("class A { async a() {} get b() {} constructor() {} }", "a b constructor"),
        ("f({ class: a, b: { c } })", "class b"),
        ("a ? { b: c } : { d: e };", "b d"),
        ("return { a: b };", "a"),
        ("if (a) { b: c; }", ""),
        ("switch (a) { case b: { c; d; } default: { e; } }", ""),
        ("a = b => { c, d };", ""),
        ("`${{ a: b }}`", "a"),
        ("new.target", "target"),
    ],
)  # fmt: skip
def test_what_is_a_property(source: str, properties: str) -> None:
    """Names behind a dot, keys, methods and fields are properties; statements, cases and labels have none."""
    found = structure(source)

    assert properties.split() == [found.tokens.texts[at] for at in sorted(found.properties)]


@each_case(
    ("source", "shorthands"),
    [
        ("f({ a, b: c, d })", "a d"),
        ("const { a, b = c, d: e, get, async } = f;", "a b get async"),
        ("(({ a, ...b }) => a)", "a"),
        ("[a, b]; f(c, d); { e, g }", ""),
    ],
)
def test_what_is_short_for_both(source: str, shorthands: str) -> None:
    """In `{ a, b = 1 }`, a literal or a pattern, names are properties as well."""
    found = structure(source)

    assert shorthands.split() == [found.tokens.texts[at] for at in sorted(found.shorthands)]


@each_case(
    ("source", "statements"),
    [
        ("let a; const b = c;", ["let a ;", "const b = c ;"]),
        ("function a() {} async function b() {} export class C {}",
         ["function a ( ) { }", "async function b ( ) { }", "export class C { }"]),
        ("class A { b({ c }) { d; } #e = {}; get f() { } static g = h }",
         ["class A {", "b ( { c } ) { d ; }", "# e = { } ;", "get f ( ) { }", "static g = h }"]),
        ("f(class { a() {} b() {} }); let c;", ["f ( class { a ( ) { } b ( ) { } } ) ;", "let c ;"]),
        ("var a; let b;", ["var a ; let b ;"]),
    ],
)  # fmt: skip
def test_statements(source: str, statements: list[str]) -> None:
    """Outermost statements and the members of outermost classes are told apart; `var` makes them one."""
    found = structure(source)
    numbers = sorted(set(found.statements))
    texts = [
        " ".join(
            text.replace("#", "# ")
            for text, own in zip(found.tokens.texts, found.statements, strict=True)
            if own == number
        )
        for number in numbers
    ]

    assert statements == texts


@each_case("source", ["(", "a)", "{[}]", "`${", "}", "f(]"])
def test_brackets_that_do_not_match(source: str) -> None:
    """A script with brackets that do not match is refused."""
    with pytest.raises(ScriptError, match=r"clos|read"):
        structure(source)
