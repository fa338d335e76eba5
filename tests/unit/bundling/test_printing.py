"""Bundles as they are printed: the names are short, and nothing else changes what they do."""

from __future__ import annotations

import re

import pytest

from classchat.bundling.modules import module_of
from classchat.bundling.printing import VERSION, printed
from classchat.bundling.styles import short_properties, shortened
from classchat.bundling.tokens import ScriptError
from tests.tables import each_case


def bundles(**sources: str) -> dict[str, str]:
    """Return the texts of the bundles of these modules, with `v` for the version."""
    found = {f"{name}.js": module_of(f"{name}.js", source) for name, source in sources.items()}
    return {name: text.replace(VERSION, "v") for name, text in printed(found, "main.js").items()}


def short(source: str) -> str:
    """Return how one module is printed."""
    return bundles(main=source)["main"].removesuffix("\n")


@each_case(
    ("source", "text"),
    [
        ("const first = [1];\n\nsecond(first); // no\n", "let a=[1];second(a);"),
        ("const f = (one, two) => one + +two - -one;", "let c=(a,b)=>a+ +b- -a;"),
        ("const f = ({ key, at = 0, as: other }) => ({ key, at, other });",
         "let d=({key:a,at:b=0,as:c})=>({key:a,at:b,other:c});"),
        ("function go() { return this.go; }", "function a(){return this.go}"),
        ("class Box { #open = 1; open() { return this.#open; } }", "class a{#a=1;open(){return this.#a}}"),
        ("const one = [1, 2,];\nf({ a: 1, });", "let a=[1,2];f({a:1});"),
        ("const one = [1, , ];", "let a=[1,,];"),
        ("for (const one of all) { while (f(one)); }", "for(let a of all){while(f(a));}"),
        ("const why = `${name} is ${typeof name}`;", "let a=`${name} is ${typeof name}`;"),
        ("go()\nstop()", "go()\nstop()"),
        ("if (one) {\n  let go;\n}\nstop();", "if(one){let a}stop();"),
        ("f(/a b/g, 'c  d')", "f(/a b/g,'c  d')"),
        ("const größe = [1]; f(größe);", "let a=[1];f(a);"),
        ("const a = [1];\nexport const b = [2];\nlet c; f(a, b, c);", "let a=[1],b=[2],c;f(a,b,c);"),
        ("const a = -1; for (let b = a, c = 2; b < c; ) f();", "let a=-1;for(let b=a,c=2;b<c;)f();"),
        ("f(async (one) => one, (...all) => all);", "f(async a=>a,(...b)=>b);"),
        ("f((one) => { return true; }, { true: false });", "f(a=>!0,{true:!1});"),
        ("const $ = [1]; a($, b);", "let c=[1];a(c,b);"),
    ],
)  # fmt: skip
def test_short_scripts(source: str, text: str) -> None:
    """Comments and white space are left out, and declared names are short; properties and others stay."""
    assert text == short(source)


@each_case(
    ("source", "text"),
    [
        ("function f(one) { return one + 1; }\n\nexport function g(one, two) { one(two); }",
         "let b=a=>a+1,c=(a,b)=>{a(b)};"),
        ("function f({ one }, two = 2) { return g(one, two); }", "let c=({one:a},b=2)=>g(a,b);"),
        ("function f() { return { one: 1 }; }", "let a=()=>({one:1});"),
        ("function f(one) { g(); return one; }", "let b=a=>(g(),a);"),
        ("function f(one) { return one, 1; }", "let b=a=>(a,1);"),
        ("function f(one) { return; }", "let a=b=>{return};"),
        ("function f() { return this; }", "function a(){return this}"),
        ("async function f() { await 1; }\nfunction* g() { yield 1; }",
         "async function a(){await 1}\nfunction*b(){yield 1}"),
        ("const one = [f()];\nfunction f() { return g(); }\nfunction g() {}",
         "let c=[a()];function a(){return b()}\nfunction b(){}"),
        ("new Box();\nclass Box { [1]() { f(); } }\nfunction f() {}",
         "new a;class a{[1](){b()}}\nfunction b(){}"),
    ],
)  # fmt: skip
def test_arrows(source: str, text: str) -> None:
    """Functions are arrows, unless they use `this`, or one may be needed while the module is loaded."""
    assert text == short(source)


@each_case(
    ("source", "text"),
    [
        ("if (a) f(); g();", "a&&f();g();"),
        ("if (!a.b(1)[2]) { f(); }", "a.b(1)[2]||f();"),
        ("if (!a) if (b) f();", "a||b&&f();"),
        ("if (a) f(); else { g(); h(); }", "a?f():(g(),h());"),
        ("if (a || b) c = 1; else if (d) e = 2; else f();", "a||b?c=1:d?e=2:f();"),
        ("if (a) c = 1; if (a === b) c += 1;", "a&&(c=1);a===b&&(c+=1);"),
        ("if (a || b) f();", "(a||b)&&f();"),
        ("if (a ?? b) c(); else (d, e());", "a??b?c():(d,e());"),
        ("if (!a == b) f(); if (!(a in b)) g();", "!a==b&&f();(a in b)||g();"),
        ("if (a = b()) c(); if (a ? b : c) d(); else e();", "(a=b())&&c();(a?b:c)?d():e();"),
        ("if (a) f((b) => { if (b) g(); });", "a&&f(b=>{b&&g()});"),
        ("if ({ a }.b) f();", "if({a}.b)f();"),
    ],
)  # fmt: skip
def test_conditions(source: str, text: str) -> None:
    """An `if` is an expression, with parentheses where an operator would take another meaning."""
    assert text == short(source)


@each_case(
    "source",
    [
        "if(a){let a;f()}",
        "if(a)return;",
        "if(a)for(;;)f();else g();",
        "for(;;){if(a)break;if(b)continue;f()}",
        "if(a){try{f()}catch{}finally{g()}}",
        "if(a){switch(b){case 1:f()}}",
        "if(a){}f();",
        "a.if(b).else(c);",
        "if(a)throw b;f();",
    ],
)
def test_statements_that_stay(source: str) -> None:
    """An `if` stays where what it does is no expression."""
    assert source == short(source)


@each_case(
    ("body", "text"),
    [
        ("if (a) return b; return c;", "return a?b:c"),
        ("if (a) { f(); return b; } g(); return c;", "return a?(f(),b):(g(),c)"),
        ("let d = 1; if (a) return d; if (b) return 2; return 3;", "let c=1;return a?c:b?2:3"),
        ("f(); if (a) return b = 1; return (c, d);", "f();return a?b=1:(c,d)"),
        ("if (a) return; return b;", "if(a)return;return b"),
        ("if (a) return b; f();", "if(a)return b;f()"),
        ("if (a) return b; else f(); return c;", "if(a)return b;else f();return c"),
        ("f(); return b;", "f();return b"),
        ("for (;;) { if (a) return b; return c; }", "for(;;){return a?b:c}"),
        ("if (a) return;\n f(); g = 1;", "a||(f(),g=1)"),
        ("if (!a) return; if (b || c) return; f();", "a&&(b||c||f())"),
        ("if (a) return; let b; f();", "if(a)return;let b;f()"),
        ("for (;;) { if (a) return; f(); }", "for(;;){if(a)return;f()}"),
        ("if (a) return; else f(); g();", "if(a)return;else f();g()"),
    ],
)  # fmt: skip
def test_what_functions_return(body: str, text: str) -> None:
    """The last statements of a function are one, where that is shorter; what is not at its end stays."""
    assert f"f({{g(){{{text}}}}});" == short(f"f({{ g() {{ {body} }} }});")


@each_case(
    ("source", "text"),
    [
        (r'f("\u00e9\u{1f600}", `\u00e9${a}\u{e9}`);', 'f("é😀",`é${a}é`);'),
        (r"f(/[\u0300-\u036f]\u{e9}/, /\u{e9}/u, /\\u00e9/);",
         "f(/[\u0300-\u036f]\\u{e9}/,/é/u,/\\\\u00e9/);"),
        (r'f("\n\u000a\u007f\u2028\u2029\ud83d\x00");', r'f("\n\u000a\u007f\u2028\u2029\ud83d\x00");'),
        (r'f("\\u00e9", "\é");', r'f("\\u00e9","\é");'),
    ],
)  # fmt: skip
def test_escapes(source: str, text: str) -> None:
    """Characters stand for themselves, but those of ASCII, ends of lines, and halves of characters."""
    assert text == short(source)


@each_case(
    ("body", "text"),
    [
        ("f(this.a, this.b, this.c, this.d, this);", "let a=this;f(a.a,a.b,a.c,a.d,a)"),
        ("const { e } = this; f(e, () => this.a(this.b, this.c), this.#g);",
         "let a=this,{e:b}=a;f(b,()=>a.a(a.b,a.c),a.#a)"),
        ("f(this.a, this.b, this.c, this.d);", "f(this.a,this.b,this.c,this.d)"),
        ("f(this, this, this, this, this, function () {});", "f(this,this,this,this,this,function(){})"),
        ("f(this, this, this, this, this, { i() {} });", "f(this,this,this,this,this,{i(){}})"),
        ("super.go(); f(this, this, this, this, this);", "super.go();f(this,this,this,this,this)"),
        ("f(x.this, x.this, x.this, x.this, this.x);", "f(x.this,x.this,x.this,x.this,this.x)"),
    ],
)  # fmt: skip
def test_this(body: str, text: str) -> None:
    """A method that says `this` often gets a short name for it, unless it may be another one in there."""
    shown = short(f"f({{ go: 1, i: 2 }}); class Box {{ #g = 1; go() {{ {body} }} }}")

    assert shown == f"f({{go:1,i:2}});class a{{#a=1;go(){{{text}}}}}"


@each_case(
    ("source", "text"),
    [
        ('f("room", "room", "room", "no");', 'let a="room";\nf(a,a,a,"no");'),
        ('f("room", { "room": "room" }, x === "room" ? "room" : 1);',
         'let a="room";\nf(a,{"room":a},x===a?a:1);'),
        ("document.a(document.b, () => document.c);", "let a=document;\na.a(a.b,()=>a.c);"),
        ("f((document) => document.a(document.b, document.c));", "f(a=>a.a(a.b,a.c));"),
        ("f(x.document, x.document, x.document, document);", "f(x.document,x.document,x.document,document);"),
    ],
)  # fmt: skip
def test_values_that_a_bundle_has_often(source: str, text: str) -> None:
    """Strings and objects of the browser that are often in a bundle get a short name; keys stay."""
    assert text == short(source)


def test_bundles_name_their_own_values() -> None:
    """A string that is often in two bundles has a name in each; none is asked for in the other."""
    found = bundles(main='f("room", "room", "room"); import("./a.js");', a='g("room", "room", "room");')

    assert {
        "main": 'let a="room";\nf(a,a,a);import("./a.v.js");\n',
        "a": 'let b="room";\ng(b,b,b);\n',
    } == found


def test_a_name_that_is_the_browsers_elsewhere_stays() -> None:
    """Where a module calls a browser's function and another one declares its name, the name stays."""
    found = bundles(main='import "./a.js"; open(open);', a="f((open) => open);")

    assert {"main": "f(open=>open);\nopen(open);\n"} == found


def test_modules_in_one_bundle_have_their_own_names() -> None:
    """Equal names of two modules in one bundle are two names, and what is imported is the other's name."""
    found = bundles(
        main='import { f, g as h } from "./a.js"; const own = f; k(own, h);',
        a='const own = [1]; export const f = own; export { g } from "./b.js";',
        b="export function g() {}",
    )

    assert {"main": "let a=()=>{};\nlet b=[1],c=b;\nlet d=c;k(d,a);\n"} == found


@each_case(
    ("source", "text"),
    [
        ("const f = (one) => one; const g = (two) => two;", "let b=a=>a,c=a=>a;"),
        ("const f = (one) => one; const g = (two) => f(two);", "let a=b=>b,c=b=>a(b);"),
        (
            "class A { f(one) { g(one); } h(two) { return A + two; } }",
            "class a{a(a){g(a)}b(b){return a+b}}",
        ),
        ("class A { #b = 1; #c = this.#b; }", "class a{#a=1;#b=this.#a}"),
    ],
)
def test_names_of_statements(source: str, text: str) -> None:
    """Names that belong to different statements can be equal, but not to one that is used in both."""
    assert text == short(source)


@each_case(
    ("source", "text"),
    [
        ("class A { f() {}\n g() {}\n #h() {}\n}", "class a{a(){}b(){}#a(){}}"),
        ("class A { f = function () {}\n g = () => {}\n}", "class a{a=function(){}\nb=()=>{}}"),
        ("try { f(); }\n finally { g(); }\n h();", "try{f()}finally{g()}h();"),
        ("const f = () => {}\n g();", "let a=()=>{}\ng();"),
        ("function f() { this; }\n g();", "function a(){this}\ng();"),
    ],
)
def test_ends_of_lines(source: str, text: str) -> None:
    """A line ends behind a brace only where that may end a statement."""
    assert text == short(source)


@each_case(
    ("source", "text"),
    [
        ("f = (g.h(i)); k((f.g), [(h)]);", "f=g.h(i);k(f.g,[h]);"),
        ("f = (g, h); (f.g)(h); f = (g + h) * i;", "f=(g,h);(f.g)(h);f=(g+h)*i;"),
        ("f = new G(); k(new H(), new H().i, new H(1), l());", "f=new G;k(new H,new H().i,new H(1),l());"),
        ("f = (g)", "f=g"),
        ("f = new G()", "f=new G"),
        ("f = { g: 1 }", "f={g:1}"),
        ("f = (await g); k(() => (h), (i) => i);", "f=(await g);k(()=>(h),a=>a);"),
    ],
)
def test_parentheses(source: str, text: str) -> None:
    """Parentheses are left out around a whole value that begins with a name, and where `new` needs none."""
    assert text == short(source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("f(200_000, 1000, 1_024, 60_000);", "f(2e5,1e3,1024,6e4);"),
        ("f(0, 100, 0x1000, 1.000, 10.5);", "f(0,100,0x1000,1.000,10.5);"),
        ("return undefined; f(undefined, g.undefined);", "return void 0;f(void 0,g.undefined);"),
    ],
)
def test_numbers(source: str, text: str) -> None:
    """Numbers that are integers, and what is undefined, are written in the shortest way."""
    assert text == short(source)


@each_case(
    ("source", "text"),
    [
        ("const wait = 5; f(wait, { wait });", "f(5,{wait:5});"),
        ("const what = 'text'; g(); const f = (one) => what + one;", "g();let b=a=>'text'+a;"),
        ("function f() { return what; } const what = 'text';", "let a=()=>'text';"),
        ("const unused = 5; f();", "f();"),
        ("const a = '0123456789'; f(a, a, a);", "let a='0123456789';f(a,a,a);"),
        ("const wait = 5; f((wait) => wait);", "let a=5;f(a=>a);"),
        ("const wait = 5; f(wait.toFixed());", "let a=5;f(a.toFixed());"),
        ("let wait = 5; f(wait);", "let a=5;f(a);"),
        ("if (f) { const wait = 5; g(wait); }", "if(f){let a=5;g(a)}"),
        ("const wait = 5 * 2; f(wait);", "let a=5*2;f(a);"),
    ],
)
def test_constants(source: str, text: str) -> None:
    """A number or a string stands where it is used, if that is shorter and its name means nothing else."""
    assert text == short(source)


def test_constants_of_other_bundles() -> None:
    """A constant is not imported where its value stands; one that is asked for by its name stays."""
    found = bundles(
        main='export const one = 1; f(one); const { two } = await import("./late.js"); g(two);',
        late='import { one } from "./main.js"; export const two = 2; f(one, two);',
    )

    assert 'f(1);let{two:a}=await import("./late.v.js");g(a);\n' == found["main"]
    assert 'import{}from"./main.v.js";\nlet b=2;f(1,b);\nexport{b as two};\n' == found["late"]


def test_modules_as_a_whole() -> None:
    """A name behind that of a whole module is the module's own, and nothing else remains of it."""
    found = bundles(
        main='import * as texts from "./a.js"; f(texts.one, texts.two(), { texts: 1 }, g.texts.one);',
        a="export const one = [1]; export const two = () => one;",
    )

    assert {"main": "let a=[1],b=()=>a;\nf(a,b(),{texts:1},g.texts.one);\n"} == found


def test_bundles_refer_to_each_other() -> None:
    """Bundles import short names from each other; what is imported later has the names that are asked for."""
    found = bundles(
        main='export const one = [1]; const { go } = await import("./late.js"); go(one, one);',
        late='import { one } from "./main.js"; export const go = () => one;',
    )

    assert 'let a=[1],{go:b}=await import("./late.v.js");b(a,a);\nexport{a};\n' == found["main"]
    assert 'import{a}from"./main.v.js";\nlet c=()=>a;\nexport{c as go};\n' == found["late"]


@each_case(
    ("sources", "reason"),
    [
        (
            {"main": 'import * as b from "./b.js"; f(b);', "b": ""},
            "main.js of the page uses b.js as a whole.",
        ),
        ({"main": 'import * as b from "./b.js"; b.c();', "b": ""}, "b.js of the page exports no 'c'."),
        ({"main": 'import { a } from "./b.js"; a();', "b": ""}, "b.js of the page exports no 'a'."),
        (
            {"main": 'import { a } from "./b.js"; a();', "b": "export { a };"},
            "b.js of the page exports no 'a'.",
        ),
        (
            {
                "main": 'import("./a.js"); import("./b.js"); import "./a.js"; import "./b.js";',
                "a": "export const x = 1;",
                "b": "export const x = 1;",
            },
            "Two modules of the page in one bundle export 'x'.",
        ),
    ],
)
def test_what_does_not_fit(sources: dict[str, str], reason: str) -> None:
    """What a module imports has to be exported, and under its name only once in a bundle."""
    with pytest.raises(ScriptError, match=re.escape(reason)):
        bundles(**sources)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (
            "/* one */\na  ,\n b > c { color: red ; width: calc(1px + 2px); }\n",
            "a,b>c{color:red;width:calc(1px + 2px)}\n",
        ),
        ("a :hover, b:hover { }", "a :hover,b:hover{}\n"),
        ("@media (min-width: 1px) { a { b: c } }", "@media (min-width:1px){a{b:c}}\n"),
    ],
)
def test_style_sheets(style: str, text: str) -> None:
    """White space that has a meaning stays."""
    assert text == shortened(style, {})


def test_properties_of_style_sheets() -> None:
    """Properties that style sheets declare for each other have one short name in all of them."""
    sheets = [":root { --tint: red; --on-tint: blue; }", "a { color: var(--on-tint); --b: 1; }"]
    properties = short_properties(sheets)

    assert [":root{--a:red;--b:blue}\n", "a{color:var(--b);--c:1}\n"] == [
        shortened(one, properties) for one in sheets
    ]


def test_other_files() -> None:
    """A file that a script names has the address under which it is sent."""
    module = module_of("main.js", 'f(new URL("./a.css", import.meta.url));')
    found = printed({"main.js": module}, "main.js", lambda name, user: f"{name} for {user}")

    assert {"main": 'f(new URL("./a.css for main.js",import.meta.url));\n'} == found
