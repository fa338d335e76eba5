"""The files of the page: their names, their references to each other, and their compressed form."""

from __future__ import annotations

import gzip
import re
import sys
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


def _sent(assets: Assets) -> dict[str, tuple[str, bytes, bytes | None]]:
    """Return all of each file, also of the two that have no name in their URL."""
    everything = {"index": assets.index, "icon": assets.icon, **assets.named}
    return {name: (one.content_type, one.plain, one.gzipped) for name, one in everything.items()}


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


def test_scripts_are_joined(tmp_path: Path) -> None:
    """What is always loaded together is one file, and names the file with what is loaded later."""
    assets = _load(
        tmp_path,
        main_js='import { go } from "./go.js"; /* now */ go(() => import("./late.js"));',
        go_js="export function go(what) { what(); }",
        late_js="later();",
        unused_js="never();",
    )

    assert f'let a=b=>{{b()}};\na(()=>import("./{_name(assets, "late")}"));\n' == _text(assets, "main")
    assert {"main", "late", "style", "icon"} == {name.partition(".")[0] for name in assets.named}


def test_styles_are_short(tmp_path: Path) -> None:
    """Comments and needless white space are left out of style sheets."""
    assert "a{color:red}\n" == _text(_load(tmp_path, style_css="/* Red. */ a { color: red; }"), "style")


def test_scripts_change_together(tmp_path: Path) -> None:
    """Scripts refer to each other, so another content of one gives all of them other names; no other file."""
    before = _load(tmp_path, main_js='import("./late.js")', late_js="1").named.keys()
    after = _load(tmp_path, main_js='import("./late.js")', late_js="2").named.keys()

    assert {"main", "late"} == {name.partition(".")[0] for name in after - before}


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    """A restart of the server changes neither names nor bytes: no time is in them."""
    first, again = _load(tmp_path), _load(tmp_path)

    assert first.named.keys() == again.named.keys()
    assert first.index.gzipped == again.index.gzipped


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
            {"main_js": 'import "./a.js"', "a_js": 'import "./b.js"', "b_js": 'import "./a.js"'},
            "These modules of the page import each other: a.js -> b.js -> a.js.",
        ),
        ({"main_js": 'import "./gone.js"'}, "main.js of the page refers to 'gone.js', which does not exist."),
        (
            {"main_js": 'import "../store.js"'},
            'main.js of the page can\'t be sent: it imports "../store.js", which is no module of the page.',
        ),
        ({"main_js": 'import "./sub/store.js"'}, "refers to 'sub/store.js'"),
        ({"main_js": 'import "./index.html"'}, "refers to 'index.html'"),
        ({"main_js": "'open"}, "main.js of the page can't be sent: line 1 can't be read."),
        (
            {"index_html": '<script type="module" src="gone.js">'},
            "index.html of the page refers to 'gone.js', which does not exist.",
        ),
        ({"index_html": '<link href="gone.css">'}, "index.html of the page refers to 'gone.css', which does"),
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


def test_the_page_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second start sends the same bytes without making them; what has changed is made again."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    directory, keeping = tmp_path / "web", tmp_path / "kept"
    _load(tmp_path, main_js="const one = [1]; f(one, one);")
    first = load(directory, keeping)
    with monkeypatch.context() as patched:
        patched.setattr("classchat.servers.assets.module_of", None)
        patched.setattr("classchat.servers.assets.gzip", None)
        again = load(directory, keeping)
    (directory / "main.js").write_text("g();")
    changed = load(directory, keeping)
    (directory / "index.html").write_text(INDEX.replace("doctype", "DOCTYPE"))
    shouted = load(directory, keeping)

    assert _sent(first) == _sent(again)
    assert ("let a=[1];f(a,a);\n", "g();\n") == (_text(again, "main"), _text(changed, "main"))
    assert (b"<!doctype html>", b"<!DOCTYPE html>") == (
        changed.index.plain[:15],
        shouted.index.plain[:15],
    )
