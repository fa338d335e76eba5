"""Look-alikes: names that are too similar to be used at the same time."""

from __future__ import annotations

import pytest

from classchat.core.lookalikes import LookAlikes
from tests.tables import each_case


@each_case(
    ("name", "other"),
    [
        ("Аlice", "Alice"),  # Cyrillic А
        ("аlice", "Alice"),
        ("АLICE", "alice"),
        ("Alıce", "Alice"),
        ("ALİCE", "Alice"),
        ("Straße", "STRASSE"),
        ("σίσυφοσ", "σίσυφος"),
        ("Βob", "Bob"),  # Greek Β
        ("ВОВ", "bob"),  # Cyrillic
        ("Мах", "max"),  # Cyrillic
        ("Ӏvan", "Ivan"),  # a palochka
        ("ǀvan", "lvan"),  # a click
        ("Zoë1", "Zoël"),
        ("ΤIM", "Tim"),  # Greek Τ
        ("ΝΙΝΑ", "Nina"),  # all Greek
        ("тIM", "TIM"),  # Cyrillic т, whose capital is Т
        ("mоdеrn", "modem"),  # Cyrillic о and е
        ("Straβe", "Straße"),  # Greek β
        ("Zoë\u0308", "Zoë"),  # the same mark twice
        ("𝐥𝐚𝐛", "LAB"),
        ("ᴛɪᴍ", "Tim"),  # Latin letters like small capitals
        ("นํ้า", "น้ำ"),  # the vowel in two code points, and in one
        ("Սեւակ", "Սևակ"),
    ],
)
def test_too_similar(name: str, other: str) -> None:
    """A name that looks like one in use, in any case and order, is found."""
    one, two = LookAlikes(), LookAlikes()
    one.add(other)
    two.add(name)

    assert (other, name) == (one.find(name), two.find(other))


@each_case(
    ("name", "other"),
    [
        ("Bi11", "Bill"),
        ("user1", "userl"),
        ("AIice", "Alice"),
        ("modern", "modem"),
        ("B0b", "BOb"),
        ("Zoe", "Zoë"),
        ("Lý", "Lú"),
        ("Ní", "Ví"),
        ("Лев", "Лей"),
        ("Иван", "Иванна"),
        ("王伟", "王偉"),
        ("김철수", "김철호"),
        ("محمد", "محمود"),
    ],
)
def test_similar_enough_to_live_with(name: str, other: str) -> None:
    """Names that a terminal shows differently, or that only resemble each other, may both be used."""
    in_use = LookAlikes()
    in_use.add(other)

    assert in_use.find(name) is None


@each_case("name", ["Serνer", "ЅERVER", "sеrver", "Sеrνеr"])
def test_nobody_looks_like_the_server(name: str) -> None:
    """Look-alikes of reserved names are refused, although no user has these names."""
    assert "SERVER" == LookAlikes().find(name)


@each_case(
    ("name", "reserved"),
    [
        ("SÉRVER", "SERVER"),
        ("S.E.R.V.E.R", "SERVER"),
        ("_server_", "SERVER"),
        ("ERRОR", "ERROR"),  # Cyrillic О
        ("Сlient", "CLIENT"),  # Cyrillic С
        ("CLlENT", "CLIENT"),
        ("Süccess", "SUCCESS"),
        ("CŁIENT", "CLIENT"),
        ("ꜱᴇʀᴠᴇʀ", "SERVER"),
    ],
)
def test_reserved_names_in_disguise(name: str, reserved: str) -> None:
    """A name that differs from a reserved one only by marks, punctuation or similar letters is found."""
    assert reserved == LookAlikes().find(name)


@each_case("name", ["errors", "clients", "server1", "observer", "Success-2"])
def test_what_holds_a_reserved_name_is_free(name: str) -> None:
    """A name with more letters than a reserved one is free."""
    assert LookAlikes().find(name) is None


def test_many_names_of_one_family() -> None:
    """Of many similar names only some are compared, and further ones count as similar."""
    in_use = LookAlikes()
    for number in range(20):
        in_use.add("".join("NV"[number >> bit & 1] for bit in range(5)) + "o")

    assert in_use.find("éééééo") is None
    assert in_use.find("NVNVÑo") is not None


@pytest.mark.parametrize("name", ["adrnin", "ADMIN1", "admin"])
def test_reserved_names_have_no_exception(name: str) -> None:
    """An ASCII name that looks like a reserved one is found; the reserved name itself is not a look-alike."""
    found = LookAlikes(reserved=("admin", "adminl")).find(name)

    assert {"adrnin": "admin", "ADMIN1": "adminl", "admin": None}[name] == found


@each_case("name", ["Alice", "ALICE", "Zoë", "ZOË", "Ёлка"])
def test_a_name_is_not_too_similar_to_itself(name: str) -> None:
    """A spelling of a name is not a look-alike of it."""
    in_use = LookAlikes()
    in_use.add(name.title())

    assert in_use.find(name) is None


def test_a_name_that_is_free_again() -> None:
    """A name that was added twice is in use until it is removed twice."""
    in_use = LookAlikes()
    in_use.add("Ilya")
    in_use.add("Ilya")
    found = [in_use.find("Ӏlya")]
    for _ in range(2):
        in_use.remove("Ilya")
        found.append(in_use.find("Ӏlya"))

    assert ["Ilya", "Ilya", None] == found


def test_one_of_two_that_look_alike_goes() -> None:
    """If one of two look-alikes is removed, the other is still found."""
    in_use = LookAlikes()
    for name in ("Bill", "Bi11", "Bіll"):  # the last one with a Cyrillic і
        in_use.add(name)
    in_use.remove("Bill")
    first = in_use.find("Віll")
    in_use.remove("Bіll")

    assert ("Bіll", "Bi11", None) == (first, in_use.find("Bіll"), in_use.find("Bill"))
