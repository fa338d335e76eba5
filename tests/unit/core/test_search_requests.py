"""The request `search`: messages that contain all the words."""

from __future__ import annotations

import pytest

from classchat.core.journal_port import Searcher
from classchat.core.stored import SearchResults, StoredMessage
from classchat.messages import History, Search, Success
from tests.unit.core.helpers import asked
from tests.unit.helpers import NOW, House


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("exercise", ["exercise three", "first EXERCISE"]),
        ("three exercise", ["exercise three"]),
        ("xercis", ["exercise three", "first EXERCISE"]),
        ('"', []),
        ("宿題", ["宿題はどこ"]),
        ("x OR first", []),
    ],
)
def test_search(house: House, words: str, texts: list[str]) -> None:
    """All words must occur, anywhere in a text and in any case; newest first."""
    alice, _ = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    alice.says("CS350", "first EXERCISE")
    alice.tells("Bob", "exercise three")
    alice.says("CS350", "宿題はどこ")
    house.turn()

    assert texts == asked(house, alice, Search(text=words)).texts
    assert [] == asked(house, alice, Search(text="first", receiver="Bob")).texts
    assert ["first EXERCISE"] == asked(house, alice, Search(text="first", receiver="CS350")).texts


def test_search_page_by_page(house: House) -> None:
    """A page says where the next one begins, and the last page that it is the last."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    house.room("other", bob)
    for number in range(1, 8):
        alice.says("CS350", f"number {number}")
        bob.says("other", f"number {number}")
    house.turn()
    pages, before = [], None
    while not pages or before is not None:
        page = asked(house, alice, Search(text="number", limit=3, before=before))
        pages.append([text[-1] for text in page.texts])
        before = page.answer.before  # type: ignore[union-attr]
        assert page.more is (before is not None)

    assert [["7", "6", "5"], ["4", "3", "2"], ["1"]] == pages


def test_search_of_one_person(house: House) -> None:
    """Only messages under a name are found, in any spelling, even after its user has left."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "exercise of Alice")
    bob.says("CS350", "exercise of Bob")
    bob.says("CS350", "nothing")
    bob.tells("Alice", "exercise in private")
    house.turn()
    bob.vanishes()
    house.turn()

    assert ["exercise in private", "exercise of Bob"] == asked(
        house, alice, Search(text="exercise", user="bOB")
    ).texts
    assert ["nothing", "exercise of Bob"] == asked(house, alice, Search(receiver="CS350", user="Bob")).texts
    assert ["exercise of Alice"] == asked(house, alice, Search(text="exercise", user="Alice")).texts
    assert [] == asked(house, alice, Search(text="exercise", user="Carol")).texts


def test_search_of_one_person_page_by_page(house: House) -> None:
    """Messages of others in between cause neither repetitions nor gaps."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    for number in range(7):
        bob.says("CS350", f"{number}")
        alice.says("CS350", "x")
    house.turn()
    pages, before = [], None
    while not pages or before is not None:
        page = asked(house, alice, Search(user="Bob", limit=3, before=before))
        pages.append(page.texts)
        before = page.answer.before  # type: ignore[union-attr]
        bob.says("CS350", "later")
        house.turn()

    assert [["6", "5", "4"], ["3", "2", "1"], ["0"]] == pages


def test_a_user_that_no_name_can_be(house: House) -> None:
    """A search for an invalid user name is refused."""
    (alice,) = house.signs_in("Alice")

    assert "user_not_found" == asked(house, alice, Search(text="x", user="No Name")).answer.code  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (32, None),
        (33, "too_many"),
        (3_000, "too_many"),
        (5_001, "too_long"),
    ],
)
def test_how_many_words(house: House, words: int, code: str | None) -> None:
    """Too many different words, or too long a text, are refused."""
    (alice,) = house.signs_in("Alice")
    text = " ".join(chr(0x4E00 + number) for number in range(words))
    answer = asked(house, alice, Search(text=text)).answer

    assert code == getattr(answer, "code", None)


def test_put_out_while_searching(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search in a room from which the user is removed ends, and says why."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    bobs, room = house.chat.users.find("Bob"), house.chat.rooms.get("CS350")
    waits: list[bool] = []

    async def slow(*_: object, asker: Searcher, **__: object) -> SearchResults:
        waits.append(asker.waits())
        room.forsake(bobs)
        waits.append(asker.waits())
        return SearchResults([StoredMessage(1, NOW, "Alice", "CS350", "secret", False)], None)

    monkeypatch.setattr(house.journal, "search", slow)
    answer = asked(house, bob, Search(text="secret", receiver="CS350"))

    assert ([], "not_a_member") == (answer.texts, answer.answer.code)  # type: ignore[union-attr]
    assert [True, False] == waits


def test_a_word_counts_once(house: House) -> None:
    """A repeated word counts once."""
    (alice,) = house.signs_in("Alice")

    assert isinstance(asked(house, alice, Search(text="x " * 1000)).answer, Success)


@pytest.mark.parametrize(("private", "text"), [(None, "in the room"), (True, "in private")])
def test_a_room_and_a_user_of_one_name(house: House, private: bool | None, text: str) -> None:
    """The receiver is the room, unless `private` says that it is the user."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("Bob", alice, bob)
    alice.says("Bob", "said in the room")
    alice.tells("Bob", "said in private")
    house.turn()

    assert [f"said {text}"] == asked(house, alice, History(receiver="Bob", private=private)).texts
    assert [f"said {text}"] == asked(house, alice, Search(text="said", receiver="Bob", private=private)).texts
