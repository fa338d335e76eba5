"""The documents: commands, options and settings are complete, figures are measured, links lead somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from classchat import cli, errors
from classchat.client.arguments import READERS
from classchat.client.bot import Bot
from classchat.client.commands.table import SCREEN_COMMANDS
from classchat.commandline import Line
from classchat.option_table import Option
from tests.tables import each_case

_ROOT = Path(__file__).parents[2]
_PAGES = sorted([*_ROOT.glob("*.md"), *_ROOT.glob("docs/*.md"), *_ROOT.glob("benchmarks/*.md")])
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_USER_GUIDE = (_ROOT / "docs" / "user-guide.md").read_text(encoding="utf-8")
_OPTIONS = (_ROOT / "docs" / "options.md").read_text(encoding="utf-8")
_PERFORMANCE = (_ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


def _sections(text: str, mark: str) -> dict[str, str]:
    """Return the text below each heading of one level."""
    parts = re.split(rf"^{mark} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _rows(text: str) -> Iterator[list[str]]:
    """Return the cells of each row of the tables in a text, an escaped bar as a bar."""
    for line in text.splitlines():
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            yield [cell.strip().replace("\\|", "|") for cell in cells]


def _lines() -> dict[str, list[Line]]:
    """Return the commands by the heading of docs/options.md that has their options."""
    found: dict[str, list[Line]] = {}
    root = cli.Root()
    for line in root.lines():
        found.setdefault(" ".join(line.program.split()[:2]), []).append(line)
    return found


_LINES = _lines()


def _row(option: Option) -> tuple[str, str]:
    """Return the first two cells of an option's row."""
    spelled = f"`{option.long} {option.value}".rstrip() + "`"
    return f"{spelled}, `-{option.short}`" if option.short else spelled, option.usual


@each_case("program", [name for name, lines in _LINES.items() if lines[0].kind.options])
def test_options_are_documented(program: str) -> None:
    """docs/options.md has a row for each option of each command, with its default, and no others."""
    options = {option.name: option for line in _LINES[program] for option in line.kind.options}
    rows = [(cells[0], cells[1]) for cells in _rows(_sections(_OPTIONS, "##")[program])]

    assert {_row(option) for option in options.values()} == {row for row in rows if row[0].startswith("`--")}


@each_case("program", _LINES)
def test_every_way_to_call_a_command_is_documented(program: str) -> None:
    """docs/options.md shows how each command is called."""
    section = next(text for name, text in _sections(_OPTIONS, "##").items() if program in name)
    usages = [
        f"{line.program} {usage}".removesuffix(" [options]").rstrip()
        for line in _LINES[program]
        for usage in line.kind.usages
        if usage != "COMMAND ..."
    ]

    assert [] == [usage for usage in usages if usage not in section]


def test_user_guide_lists_the_commands() -> None:
    """The user guide has each command that can be typed with its arguments and other names, and no others."""
    listed = {cells[0].strip("`"): cells[1] for cells in _rows(_USER_GUIDE) if cells[0].startswith("`/")}

    assert {usage.synopsis for usage in SCREEN_COMMANDS} == set(listed)
    assert all(f"`{alias}`" in listed[usage.synopsis] for usage in SCREEN_COMMANDS for alias in usage.aliases)


def test_user_guide_says_which_commands_need_the_screen() -> None:
    """The commands that line mode does not have are in a section of their own."""
    section = _sections(_USER_GUIDE, "###")["Only on the screen"].partition("\n## ")[0]

    assert {usage.synopsis for usage in SCREEN_COMMANDS if usage.screen} == {
        cells[0].strip("`") for cells in _rows(section) if cells[0].startswith("`/")
    }


@pytest.mark.parametrize("page", ["user-guide", "teaching"])
def test_labels_of_the_page(page: str) -> None:
    """What a document names of the page in italics stands in the page."""
    text = (_ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    named = re.findall(r"(?<!\*)\*([A-Z][^*\n]+)\*(?!\*)", text.partition("\n## Join\n")[0])
    web = _ROOT / "classchat" / "web"
    names = (
        "strings.js",
        "entrytexts.js",
        "passwordtexts.js",
        "phrases.js",
        "classtexts.js",
        "stafftexts.js",
    )
    strings = "".join((web / name).read_text(encoding="utf-8") for name in names)
    printed = {"Projector", "Browser", "Terminal"}  # by `classchat invite`

    assert named
    assert [] == [label for label in named if f'"{label}"' not in strings and label not in printed]


def test_user_guide_shows_every_setting() -> None:
    """The example of config.toml has every key that may be in it."""
    shown = set(re.findall(r"^([a-z_-]+) = ", _sections(_USER_GUIDE, "##")["Settings"], re.MULTILINE))

    assert {*READERS, "colors", "time_format", "tls", "fingerprint"} == shown


def test_figures_of_readme_are_measured() -> None:
    """Each figure that README shows is in docs/performance.md."""
    cells = [cell for row in _rows(_sections(_README, "##")["Figures"]) for cell in row]
    figures = [figure for cell in cells for figure in re.findall(r"\d+\.\d+|\d+ [kM]\b", cell)]

    assert figures
    assert [] == [figure for figure in figures if figure not in _PERFORMANCE]


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@each_case("page", _PAGES)
def test_links(page: Path) -> None:
    """Each link to a file or a heading leads to one that exists."""
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)

    assert [] == broken


def test_readme_shows_every_page() -> None:
    """README says where each page of the documentation is."""
    pages = [page.name for page in (_ROOT / "docs").glob("*.md")]

    assert [] == [name for name in pages if f"(docs/{name})" not in _README]


def test_architecture_lists_every_module() -> None:
    """docs/architecture.md has a row for each module, and no others; the modules in its text exist."""
    page = (_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    code = _ROOT / "classchat"
    modules = {path.relative_to(code).as_posix() for path in code.rglob("*.py")}
    listed = [cells[0].strip("`") for cells in _rows(_sections(page, "##")["Modules"])]

    assert {name for name in modules if not name.endswith("__init__.py")} == set(listed) - {"module", "---"}
    assert set(re.findall(r"`([a-z_/]+\.py)`", page)) <= modules


def test_security_names_tests_that_exist() -> None:
    """Each promise of docs/security.md names the files that test it."""
    page = (_ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[^`]+\.py)`", page))

    assert named
    assert [] == sorted(name for name in named if not (_ROOT / name).exists())


_HOLE = "…"
"""The placeholder of a name, number or address in the documents and in templates from our code."""


_LEAST = 7
"""Letters that a template has, or else it would be like everything."""


def _template(node: ast.AST) -> str | None:
    """Return a string of our code with its placeholders; None if the expression is not a string."""
    match node:
        case ast.Constant(value=str(text)):
            return re.sub(r"\{\w*\}", _HOLE, text)
        case ast.JoinedStr(values=parts):
            return "".join(_template(part) or _HOLE for part in parts)
        case _:
            return None


@cache
def _templates() -> set[str]:
    """Return every string of our code that may be a sentence."""
    found: set[str] = set()
    for path in (_ROOT / "classchat").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = (node for node in ast.walk(tree) if type(node) in (ast.Constant, ast.JoinedStr))
        found.update(filter(None, map(_template, texts)))
    return {text for text in found if " " in text and len(re.sub(r"\W|SUCCESS", "", text)) >= _LEAST}


def _is_template(message: str) -> bool:
    """Return whether a message that a document quotes, with holes, is a part of one of our sentences."""
    pattern = re.compile(re.escape(message).replace(_HOLE, ".*"))
    return any(map(pattern.search, _templates()))


@cache
def _pieces() -> list[list[str]]:
    """Return each template as the pieces between its placeholders."""
    return [text.split(_HOLE) for text in _templates()]


def _fits(line: str, first: str, *others: str) -> bool:
    """Return whether a line has the pieces of a template in their order, with anything between them.

    An expression of all templates does the same, but compiling it takes seconds.
    """
    if not others:
        return line == first
    *middle, last = others
    place, end = len(first), len(line) - len(last)
    if not (line.startswith(first) and line.endswith(last) and place <= end):
        return False
    for piece in middle:
        place = line.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return True


def _is_printed(line: str) -> bool:
    """Return whether our code can print a line, with or without its `[CLIENT]` or the like."""
    said = re.sub(r"^\[[A-Z]+\] ", "", line)
    return said.startswith(_HOLE) or any(_fits(line, *each) or _fits(said, *each) for each in _pieces())


@each_case(
    ("line", "expected"),
    [
        ("Hello, Ann", True),
        ("Hello, Ann and Bob", True),
        ("Hello, ", True),
        ("Hello", False),
        ("5 rooms of 7", True),
        ("5 rooms", False),
        ("5 rooms of 7 rooms", True),
        ("rooms of rooms", True),
        ("a rooms", False),
        ("Closed", True),
        ("Closed.", False),
    ],
)
def test_lines_that_fit_a_template(line: str, expected: bool) -> None:
    """A line fits a template if it is the template with anything in place of each placeholder."""
    templates = ("Hello, …", "…rooms of …", "Closed")

    assert expected == any(_fits(line, *template.split(_HOLE)) for template in templates)


_QUOTING = {"docs/troubleshooting.md": "", "docs/operations.md": "What to watch"}
"""The documents that explain messages, and in which section; `""` is everywhere."""

_OF_OTHERS = {"Traceback"}


@pytest.mark.parametrize("page", _QUOTING)
def test_messages_are_ours(page: str) -> None:
    """Each message that a document explains is one that ClassChat or Python prints."""
    text = (_ROOT / page).read_text(encoding="utf-8")
    text = _sections(text, "##")[_QUOTING[page]] if _QUOTING[page] else text
    quoted = [message for cells in _rows(text) for message in re.findall(r"`([^`]+)`", cells[0])]

    assert quoted
    assert [] == [message for message in quoted if message not in _OF_OTHERS and not _is_template(message)]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_shown_lines_are_printed(page: Path) -> None:
    """Each line that a document shows from a console or a client is one that our code prints."""
    text = page.read_text(encoding="utf-8").replace("\n  ", "\n")
    lines = re.findall(r"(\[(?:SERVER|CLIENT|SUCCESS|ERROR)\] .*?)(?=`|   |$)", text, re.MULTILINE)

    assert [] == [line for line in lines if not _is_printed(line)]


def test_errors_of_the_protocol_are_documented() -> None:
    """docs/protocol.md has the code of each error and no others; its sentences are those of errors.py."""
    rows = list(
        _rows(_sections((_ROOT / "docs" / "protocol.md").read_text(encoding="utf-8"), "##")["Errors"])
    )[2:]
    sentences = [sentence for _, sentence in rows if re.match(r"[A-Z'].*[a-z'][.']$", sentence)]

    codes = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")}

    assert codes == {code for cells in rows for code in re.findall(r"`(\w+)`", cells[0])}
    assert [] == [sentence for sentence in sentences if not _is_printed(sentence)]


def test_changelog_says_each_thing_once() -> None:
    """No two entries of the changelog begin alike, as when git merges two versions of one."""
    lines = (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    entries = [line[:60] for line in lines if line.startswith(("- ", "#", "  "))]

    assert [] == [entry for entry in set(entries) if entries.count(entry) > 1]


def test_bots_page_has_every_method() -> None:
    """docs/bots.md names each public method of a bot, and none that does not exist."""
    page = (_ROOT / "docs" / "bots.md").read_text(encoding="utf-8")

    assert {name for name in dir(Bot) if not name.startswith("_")} == set(
        re.findall(r"bot\.([a-z]\w*)", page)
    )


def test_architecture_lists_the_files_of_the_page() -> None:
    """docs/architecture.md names each file of the page, and no others."""
    page = (_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    files = {f"web/{path.name}" for path in (_ROOT / "classchat" / "web").iterdir()}

    assert files == set(re.findall(r"`(web/[a-z_]+\.[a-z]+)`", page))
