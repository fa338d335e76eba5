"""The files of the page: their names, their references to each other, and their compressed form."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from classchat.servers.assets import AssetError, Assets, load

INDEX = (
    '<!doctype html><link rel="icon" href="icon.svg"><link rel="stylesheet" href="style.css">'
    '<script type="module" src="main.js"></script>'
)


def _load(tmp_path: Path, **texts: str) -> Assets:
    """Load a page of files, named `style_css` and the like."""
    directory = tmp_path / "web"
    directory.mkdir(exist_ok=True)
    for name, text in {
        "index_html": INDEX,
        "style_css": "",
        "main_js": "",
        "icon_svg": "<svg/>",
        **texts,
    }.items():
        (directory / name.replace("_", ".")).write_text(text)
    return load(directory)


def _name(assets: Assets, stem: str) -> str:
    """Return the name under which a file is sent."""
    return next(name for name in assets.named if name.startswith(f"{stem}."))


def _text(assets: Assets, stem: str) -> str:
    return assets.named[_name(assets, stem)].plain.decode()


def test_the_page_refers_to_what_is_sent(tmp_path: Path) -> None:
    """index.html has the name of each asset, which is relative, and nothing else of it changes."""
    assets = _load(tmp_path)
    icon, style, main = _name(assets, "icon"), _name(assets, "style"), _name(assets, "main")

    assert assets.index.plain.decode() == (
        f'<!doctype html><link rel="icon" href="./{icon}"><link rel="stylesheet" href="./{style}">'
        f'<script type="module" src="./{main}"></script>'
    )
    assert re.fullmatch(r"style\.[0-9a-f]{8}\.css", style)
    assert re.fullmatch(r"main\.[0-9a-f]{8}\.js", main)


@pytest.mark.parametrize(
    "statement",
    [
        'import {{ a }} from "{}";',
        "import {{ a }} from '{}';",
        'import {{\n  a,\n  b,\n}} from "{}";',
        'import a from"{}"',
        'import "{}";',
        'export * from "{}";',
        'const a = await import("{}");',
        'import( "{}" ).then(a);',
    ],
)
def test_imports_name_what_is_sent(tmp_path: Path, statement: str) -> None:
    """Each form of an import has the name of the imported module, and nothing else of it changes."""
    assets = _load(tmp_path, main_js=statement.format("./store.js"), store_js="export const a = 1;")

    assert statement.format(f"./{_name(assets, 'store')}") == _text(assets, "main")


@pytest.mark.parametrize(
    "text",
    [
        'let m /** @type {import("./gone.js").Message} */;',
        'f(); // import "./gone.js"',
        'f(); /*\n * import "./gone.js"\n */',
        'say("// from the start", "./gone.js")',
        "say('/* ' + x + ' from ' + y)",
        'import { x } from "https://elsewhere.example/x.js"',
    ],
)
def test_what_is_no_import_stays(tmp_path: Path, text: str) -> None:
    """Comments, where JSDoc imports types, and strings stay as they are, and need no file."""
    assert text == _text(_load(tmp_path, main_js=text), "main")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("/** Alone. */\nf();", "\nf();"),
        ("f();\n  // Alone.\n  g();", "f();\n\n  g();"),
        ("/**\n * @param {string} x\n */\nf();\n/* two */", "\n\n\nf();\n"),
        ("/* a */ f(); /* b */\n/* c */", "/* a */ f(); /* b */\n"),
        ("f(); // behind\n g(x, /* in */ y)", "f(); // behind\n g(x, /* in */ y)"),
        ("x = 1 /* from here\n */ + 1", "x = 1 /* from here\n */ + 1"),
        ("/* open", "/* open"),
    ],
)
def test_comments_of_whole_lines_are_left_out(tmp_path: Path, text: str, sent: str) -> None:
    """Comments are a third of the code, and nobody is sent them; what remains keeps its line numbers."""
    assets = _load(tmp_path, main_js=text, style_css=text)

    assert [sent, sent] == [_text(assets, "main"), _text(assets, "style")]


def test_an_import_after_strings_and_comments_is_found(tmp_path: Path) -> None:
    """What looks like a comment in a string hides no import, and the other way round."""
    code = 'const a = "http://x/*"; // don\'t\nimport "./store.js"; /* " */ import "./text.js";'
    assets = _load(tmp_path, main_js=code, store_js="", text_js="")

    assert _text(assets, "main") == code.replace("store.js", _name(assets, "store")).replace(
        "text.js", _name(assets, "text")
    )


def test_a_name_changes_with_everything_below(tmp_path: Path) -> None:
    """Another content gives a module another name, and so each module that imports it; no other one."""
    texts = {"main_js": 'import "./store.js"; import "./text.js"', "store_js": 'import "./deep.js"'}
    before = _load(tmp_path, **texts, deep_js="1", text_js="1").named.keys()
    after = _load(tmp_path, **texts, deep_js="2", text_js="1").named.keys()

    assert {"main", "store", "deep"} == {name.partition(".")[0] for name in after - before}


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    """A restart of the server changes neither names nor bytes: no time is in them."""
    first, again = _load(tmp_path), _load(tmp_path)

    assert first.named.keys() == again.named.keys()
    assert first.index.gzipped == again.index.gzipped


def test_all_modules_are_fetched_at_once(tmp_path: Path) -> None:
    """index.html names every module that the first one imports, once, but none that is imported later."""
    assets = _load(
        tmp_path,
        main_js='import "./a.js"; import "./b.js"; import("./late.js");',
        a_js='import "./c.js"',
        b_js='import "./c.js"',
        c_js="",
        late_js='import "./later.js"',
        later_js="",
    )
    preloaded = re.findall(r'<link rel="modulepreload" href="./(\w+)\.\w+\.js">', assets.index.plain.decode())

    assert ["a", "b", "c"] == preloaded


def test_wide_sharing_takes_no_time(tmp_path: Path) -> None:
    """Modules that share imports are each looked at once: 2 to the power of 40 ways lead to the last one."""
    texts = {f"m{n}_js": f'import "./m{n + 1}.js"; export * from "./m{n + 1}.js"' for n in range(40)}
    assets = _load(tmp_path, **texts, m40_js="", main_js='import "./m0.js"')

    assert 41 == assets.index.plain.count(b"modulepreload")


def test_bytes_are_compressed_where_that_helps(tmp_path: Path) -> None:
    """The compressed form is the same text, and is left out where it would be longer."""
    assets = _load(tmp_path, style_css="p { color: red }\n" * 50, main_js="1")
    style, main = assets.named[_name(assets, "style")], assets.named[_name(assets, "main")]

    assert style.gzipped is not None
    assert style.plain == gzip.decompress(style.gzipped)
    assert main.gzipped is None


def test_each_kind_has_its_type(tmp_path: Path) -> None:
    """Browsers run no module and take no style sheet of another type under `nosniff`."""
    assets = _load(tmp_path)

    assert {"text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"} == {
        asset.content_type for asset in assets.named.values()
    }
    assert "text/html; charset=utf-8" == assets.index.content_type


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (
            {"main_js": 'import "./a.js"', "a_js": 'import "./b.js"', "b_js": 'import("./a.js")'},
            "These modules of the page import each other: a.js -> b.js -> a.js.",
        ),
        ({"main_js": 'import "./main.js"'}, "main.js -> main.js"),
        ({"main_js": 'import "./gone.js"'}, "main.js of the page refers to 'gone.js', which does not exist."),
        ({"main_js": 'import "../store.js"'}, "refers to '../store.js'"),
        ({"main_js": 'import "./sub/store.js"'}, "refers to 'sub/store.js'"),
        ({"main_js": 'import "./index.html"'}, "refers to 'index.html'"),
        (
            {"index_html": '<script type="module" src="gone.js">'},
            "index.html of the page refers to 'gone.j",
        ),
        ({"notes_txt": ""}, "notes.txt' is no HTML, CSS, JavaScript or SVG."),
    ],
)
def test_a_broken_page_is_refused(tmp_path: Path, texts: dict[str, str], reason: str) -> None:
    """A page that could not work is refused with what is wrong, before the server starts."""
    with pytest.raises(AssetError, match=re.escape(reason)):
        _load(tmp_path, **texts)


def test_a_missing_page_is_refused(tmp_path: Path) -> None:
    """Without the directory, index.html, icon.svg or UTF-8, the sentence names the directory."""
    (tmp_path / "latin").mkdir()
    (tmp_path / "latin" / "index.html").write_bytes(b"\xe9")
    (tmp_path / "empty").mkdir()

    (tmp_path / "iconless").mkdir()
    (tmp_path / "iconless" / "index.html").touch()

    for name, reason in (
        ("gone", "can't be read"),
        ("latin", "can't be read"),
        ("empty", "has no index.html"),
        ("iconless", "has no icon.svg"),
    ):
        with pytest.raises(AssetError, match=f"{name}' {reason}"):
            load(tmp_path / name)


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    """What editors and file systems leave behind is neither read nor sent."""
    assets = _load(tmp_path, _main_js_swp="x")

    assert [".css", ".js", ".svg"] == sorted(Path(name).suffix for name in assets.named)
