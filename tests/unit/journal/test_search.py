"""Search: which messages are found, in which order, and that a search never takes for ever."""

from __future__ import annotations

import unicodedata
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classchat.journal import search as module
from classchat.journal.folding import folded
from classchat.journal.opening import open_to_write
from classchat.journal.read_rows import Found
from classchat.journal.reader import Reader
from classchat.journal.schema import MIGRATIONS
from classchat.journal.store import Store
from classchat.texts import harmless
from tests.tables import each_case
from tests.unit.journal.helpers import ALICE, BOB, EVERYBODY, open_store, said, told

TEXTS = [
    "Exercise 3 is due on Monday",
    "the EXERCISE is hard",
    "I exercised on monday",
    "Grüße aus KÖLN",
    "日本語を勉強する",
    'Bob said "hello" AND left',
    "100%_sure (maybe*) NEAR^2",
    "Ὀδυσσεὺς, ὈΔΥΣΣΕΎΣ",
]


SPELLINGS = ["a café menu", "a CAFE\u0301", "a cafe", "the oﬃce"]


@pytest.fixture(params=[0, 3, 100], ids="indexed: {}".format)
def talk(request: pytest.FixtureRequest, store: Store) -> None:
    """Keep some messages; the index has none, some, or all of them."""
    store.append([said(text) for text in TEXTS], 10, ["CS350", "Other"])
    store.index_some(request.param)


def _texts(found: Found) -> list[str]:
    return [message.text for message in found.messages]


@pytest.mark.usefixtures("talk")
@each_case(
    ("words", "found"),
    [
        ("exercise", [2, 1, 0]),
        ("EXERCISE monday", [2, 0]),
        ("monday exercise", [2, 0]),
        ("xerc ond", [2, 0]),
        ("exercises", []),
        ("exercise hello", []),
        ("köln", [3]),
        ("GRÜSSE", [3]),
        ("GRÜßE", [3]),
        ("GRU\u0308SSE", [3]),
        ("grusse koln", [3]),
        ("grússe", []),
        ("ὀδυσσεύς", [7]),
        ("δυσσεύσ", [7]),
        ("ὈΔΥΣΣΕΎΣ", [7]),
        ("grüße", [3]),
        ("日本語", [4]),
        ("日本", [4]),
        ("本", [4]),
        ("勉強 日本語", [4]),
        ("is", [2, 1, 0]),
        ("3", [0]),
        ("is hard", [1]),
        ("on mond", [2, 0]),
        ('"hello"', [5]),
        ('"', [5]),
        ("AND", [5]),
        ("hello AND left", [5]),
        ("hello OR nothing", []),
        ("NOT", []),
        ("NEAR", [6]),
        ("%_s", [6]),
        ("%", [6]),
        ("maybe*", [6]),
        ("exerc*", []),
        ("text:exercise", []),
        ("", []),
        ("  \t ", []),
        ("hello\0AND", []),
        ("\0", []),
        ("\ud800", []),
        ("exercise " * 1000, [2, 1, 0]),
        (" ".join(f"word{number}" for number in range(500)), []),
        (" ".join("exercise"[:end] for end in range(1, 9)) + " hard due", []),
        (" ".join("exercise"[start:] for start in range(8)) + " exercis exerci exerc hard", [1]),
        ("exercise" * 1000, []),
    ],
)
def test_words(reader: Reader, words: str, found: list[int]) -> None:
    """All words must occur, as parts of words and in any case; a word like an operator is a word."""
    assert [TEXTS[number] for number in found] == _texts(reader.search(words, ["#cs350"], 20))


@pytest.fixture(params=[0, 100])
def spelled(request: pytest.FixtureRequest, store: Store, reader: Reader) -> Reader:
    """Return a reader of some spellings, of which none or all are in the index."""
    store.append([said(text) for text in SPELLINGS], 10, ["CS350"])
    store.index_some(request.param)
    return reader


@each_case(
    ("words", "found"),
    [
        ("café", [1, 0]),
        ("cafe\u0301", [1, 0]),
        ("CAFÉ", [1, 0]),
        ("cafe", [2, 1, 0]),
        ("fé", [1, 0]),
        ("fe", [2, 1, 0]),
        ("e\u0301", [1, 0]),
        ("ｃａｆｅ", [2, 1, 0]),
        ("café menu", [0]),
        ("\u200bcafe\u00ad", [2, 1, 0]),
        ("office", [3]),
        ("ofﬁce", [3]),
        ("\u200b", []),
    ],
)
def test_spellings(spelled: Reader, words: str, found: list[int]) -> None:
    """A word is found in any composition, width and form; without its marks, but with no others."""
    assert [SPELLINGS[number] for number in found] == _texts(spelled.search(words, ["#cs350"], 20))


@pytest.mark.parametrize("indexed", [0, 3, 100])
def test_long_texts_are_found(store: Store, reader: Reader, indexed: int) -> None:
    """Texts too long for the index are read to their end, in order with the others."""
    texts = ["needle 1", "x" * 9_990 + "needle 2", "needle 3", "日" * 3_000 + "needle 4", "needle 5"]
    store.append([said(text) for text in texts], 10, ["CS350"])
    store.append([said("needle", room="Other"), said("needle" * 400, room="Other")], 10, ["Other"])
    store.index_some(indexed)
    pages = [reader.search("needle", ["#cs350"], 2)]
    while pages[-1].before is not None:
        pages.append(reader.search("needle", ["#cs350"], 2, pages[-1].before))

    assert [5, 4, 3, 2, 1] == [int(text[-1]) for page in pages for text in _texts(page)]
    assert [] == store.check()


def test_an_index_of_other_rules_is_made_again(store: Store, path: Path) -> None:
    """An index that was made with another Unicode, or by other rules, is filled from the beginning."""
    store.append([said(f"text {number}") for number in range(10)], 10, ["CS350"])
    store.index_some()
    store._db.execute("UPDATE journal SET folding = 'older'")
    store.close()
    with closing(open_store(path)) as again, closing(Reader(path, lambda: 0.0)) as reader:
        behind = reader.summary().unindexed
        first = again.index_some(4)
        found = len(reader.search("text", ["#cs350"], 20).messages)
        rest = again.index_some()
        wrong = again.check()

    assert (10, 4, 10, 6, []) == (behind, first, found, rest, wrong)


def test_an_older_journal_is_indexed_behind(path: Path) -> None:
    """A version 3 journal can be searched while its index is filled, even after a failed step or a kill."""
    db, lock = open_to_write(path, "normal", MIGRATIONS[:3])
    with closing(lock), closing(db):
        db.execute("INSERT INTO conversations VALUES(1, '#cs350', 'CS350', 0, 10)")
        for number in range(1, 11):
            text = unicodedata.normalize("NFD" if number % 2 else "NFC", f"café {number}")
            db.execute(
                "INSERT INTO messages(id, conversation, seq, time, sender, sender_key, text)"
                " VALUES(?, 1, ?, 10, 'Alice', 'alice', ?)",
                (number, number, text),
            )
            db.execute("INSERT INTO search(rowid, text) VALUES(?, ?)", (number, text))
        db.execute("UPDATE journal SET indexed = 10")
    found: list[int] = []
    steps: list[int] = []
    while not steps or steps[-1]:
        with closing(open_store(path)) as store, closing(Reader(path, lambda: 0.0)) as reader:
            found.append(len(reader.search("CAFÉ", ["#cs350"], 20).messages))
            steps.append(store.index_some(3))
            wrong = store.check()

    assert ([10] * 5, [3, 3, 3, 1, 0], []) == (found, steps, wrong)


@pytest.mark.parametrize("indexed", [False, True])
def test_a_word_is_compared_to_its_end(store: Store, reader: Reader, indexed: bool) -> None:
    """A word that is too long for the index has to occur to its last letter."""
    store.append([said("a" * 100 + "b"), said("a" * 100 + "c")], 10, ["CS350"])
    if indexed:
        store.index_some()

    assert ["a" * 100 + "c"] == _texts(reader.search("A" * 100 + "C", ["#cs350"], 20))


@pytest.mark.parametrize("words", ["psst", "ps"])
@pytest.mark.parametrize("indexed", [False, True])
def test_only_what_one_may_read(store: Store, reader: Reader, words: str, indexed: bool) -> None:
    """Only the given conversations are searched; an unknown one is harmless."""
    store.append(
        [said("psst 1"), said("psst 2", room="Other"), told(ALICE, BOB, "psst 3")],
        10,
        ["CS350", "Other"],
        EVERYBODY,
    )
    if indexed:
        store.index_some()
    found = [
        _texts(reader.search(words, conversations, 20))
        for conversations in ([], ["#cs350"], ["#other", "1:2"], ["#nowhere", "#cs350"], ["2:1"])
    ]

    assert [[], ["psst 1"], ["psst 3", "psst 2"], ["psst 1"], []] == found


@pytest.mark.parametrize("words", ["text", "te", "text te"])
@pytest.mark.parametrize("indexed", [0, 30, 100])
def test_pages(store: Store, reader: Reader, words: str, indexed: int) -> None:
    """Page after page everything is found once, newest first; the last page says that it is the last."""
    store.append([said(f"text {number}") for number in range(45)], 10, ["CS350"])
    store.index_some(indexed)
    pages = [reader.search(words, ["#cs350"], 20)]
    while pages[-1].before is not None:
        pages.append(reader.search(words, ["#cs350"], 20, pages[-1].before))

    assert [20, 20, 5] == [len(page.messages) for page in pages]
    assert [f"text {number}" for number in reversed(range(45))] == [
        text for page in pages for text in _texts(page)
    ]


@pytest.mark.parametrize("words", ["text", "te", ""])
@pytest.mark.parametrize("indexed", [0, 30, 100])
def test_what_one_person_said(store: Store, reader: Reader, words: str, indexed: int) -> None:
    """With a sender only messages under that name are found, page by page, each once."""
    store.append(
        [said(f"text {number}", sender="Alice" if number % 3 else "Bob") for number in range(45)],
        10,
        ["CS350"],
    )
    store.index_some(indexed)
    pages = [reader.search(words, ["#cs350"], 4, None, "bob")]
    while pages[-1].before is not None:
        pages.append(reader.search(words, ["#cs350"], 4, pages[-1].before, "bob"))

    assert [f"text {number}" for number in range(42, -1, -3)] == [
        text for page in pages for text in _texts(page)
    ]


def test_where_a_page_begins(store: Store, reader: Reader) -> None:
    """Any number may be given to go on from, also one that never was an answer."""
    store.append([said("text 1"), said("text 2")], 10, ["CS350"])
    store.index_some()
    found = [_texts(reader.search("text", ["#cs350"], 20, before)) for before in (0, 1, 2, 3, 2**63 - 1)]

    assert [[], [], ["text 1"], ["text 2", "text 1"], ["text 2", "text 1"]] == found


@pytest.mark.parametrize("words", ["psst", "ps", "nothing", "no"])
def test_a_search_ends(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """A search that runs out of time says where to continue; continuing to the end finds everything."""
    monkeypatch.setattr(module, "_WINDOW", 10)
    store.append([said("psst, mine")], 10, ["CS350", "Other"])
    store.append([said("psst", room="Other") for _ in range(95)], 10)
    store.index_some(55)
    ticks = count()
    with closing(Reader(path, clock=lambda: next(ticks))) as reader:
        pages = [reader.search(words, ["#cs350"], 20)]
        while pages[-1].before is not None:
            pages.append(reader.search(words, ["#cs350"], 20, pages[-1].before))

    assert (True, []) == (len(pages) >= 10, [page for page in pages[:-1] if page.messages])
    assert (["psst, mine"] if words.startswith("ps") else []) == _texts(pages[-1])


def test_a_search_is_not_ended_early(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search continues as long as there is time."""
    monkeypatch.setattr(module, "_WINDOW", 1)
    store.append([said("psst, mine")], 10, ["CS350", "Other"])
    store.append([said("psst", room="Other") for _ in range(95)], 10)
    with closing(Reader(path, clock=lambda: 0.0)) as reader:
        found = reader.search("psst", ["#cs350"], 20)

    assert (["psst, mine"], None) == (_texts(found), found.before)


def test_what_was_deleted_is_not_found(store: Store, reader: Reader) -> None:
    """Deleted messages are not found, whether indexed or not; the others still are."""
    for number in range(10):
        store.append([said(f"text {number}")], number, ["CS350"])
    store.index_some(3)
    store.delete_older(5)
    before = _texts(reader.search("text", ["#cs350"], 20))
    while store.index_some(1):
        pass

    assert [f"text {number}" for number in (9, 8, 7, 6, 5)] == before
    assert (before, []) == (_texts(reader.search("text", ["#cs350"], 20)), store.check())


def test_a_step_is_short(path: Path) -> None:
    """A step ends when its time is up, for any texts, but indexes at least one message."""
    ticks = count()
    with closing(Store(path, 0, "normal", lambda: next(ticks) / 250)) as store:
        store.append([said("x" * 50) for _ in range(6)], 10, ["CS350"])

        assert [3, 3, 0] == [store.index_some() for _ in range(3)]


def test_parts_of_the_index_are_merged(store: Store, reader: Reader) -> None:
    """Of many steps, each of which makes a part, few parts are left in the end, and all is found."""
    for number in range(40):
        store.append([said(f"text {number}")], 10, ["CS350"])
        store.index_some()
    while store.merge_some():
        pass
    parts = store._db.execute("SELECT count(DISTINCT segid) FROM search_idx").fetchone()[0]

    assert (True, 40) == (parts < 10, len(reader.search("text", ["#cs350"], 100).messages))


def test_the_index_is_filled_in_steps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step indexes a bounded number of messages or characters, but at least one; the last step none."""
    store.append([said("x" * 50) for _ in range(6)], 10, ["CS350"])
    monkeypatch.setattr(module, "_MOST_INDEXED", 100)

    assert [1, 2, 2, 1, 0] == [store.index_some(limit) for limit in (1, 5, 2, 5, 5)]


TEXT = st.text(st.one_of(st.sampled_from("aAbBäÄ日本 \"*()^:-+'{}"), st.characters()), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(texts=st.lists(TEXT, max_size=4), words=TEXT, indexed=st.integers(0, 4))
def test_any_words(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], words: str, indexed: int
) -> None:
    """Any words are accepted, and a text is found by its own words, except for their invisible characters."""
    path = tmp_path_factory.mktemp("any") / "classchat.sqlite"
    texts = [harmless(text) for text in texts]
    with closing(open_store(path)) as store, closing(Reader(path, lambda: 0.0)) as reader:
        store.append([said(text) for text in texts], 10, ["CS350"])
        store.index_some(indexed)
        found = [_texts(reader.search(text, ["#cs350"], 20)) for text in texts]
        reader.search(words, ["#cs350"], 20)

    seen = [any(folded(word).strip() for word in text.split()) for text in texts]
    assert [] == [
        text for text, hits, any_seen in zip(texts, found, seen, strict=True) if any_seen and text not in hits
    ]
