"""Students who register their names with the join code that their teacher has given them."""

from __future__ import annotations

import pytest

from classchat.core.acts import Audited, Enrolling
from classchat.limits import Limits
from classchat.messages import Claim, Register
from classchat.rosters.join_codes import code_digest, join_code
from classchat.rosters.students import Student
from tests.unit.core.helpers import RIGHT
from tests.unit.helpers import Client, HeldPasswords, House

JANES, BOBS = (join_code(bytes([number]) * 8) for number in (1, 2))


@pytest.fixture
def school() -> House:
    """A house without claims and guests, in which Jane and Bob have join codes."""
    return _school(Limits(names="claimed", claims="closed"))


def _school(limits: Limits) -> House:
    house = House(limits)
    for name, user, code in (("Jane Doe", "Jane.Doe", JANES), ("Bob Ray", "Bob.Ray", BOBS)):
        house.journal.keeps(Enrolling(Student(name), user, code_digest(code) or b""))
    return house


def _tries(house: House, name: str, code: str, address: str = "") -> Client:
    """Return a client that tries to register a name with a join code."""
    client = house.connects(address)
    client.peer.rests_at_once = True
    client.send(Claim(sender=name, text=RIGHT, code=code))
    for _ in range(4):
        house.turn()
    return client


def _roster(house: House) -> list[tuple[str, int | None, bool]]:
    """Return the user names of the roster, the persons who own them, and whether they have a code."""
    try:
        house.journal.roster().send(None)
    except StopIteration as done:
        return [(one.user, one.person, one.invited) for one in done.value]
    raise AssertionError


def test_a_student_registers(school: House) -> None:
    """With a valid code a student registers and is signed in, even where no guests and claims are let in."""
    jane = _tries(school, "Jane.Doe", JANES.lower().replace("-", " "))
    again = school.connects()
    again.send(Register(sender="Jane.Doe", text=RIGHT))
    for _ in range(4):
        school.turn()

    assert ["Welcome to ClassChat, Jane.Doe!"] == jane.hears_texts("success") == again.hears_texts("success")
    (account,) = school.chat.accounts
    assert [("Bob.Ray", None, True), ("Jane.Doe", account.user.person.number, False)] == _roster(school)


def test_a_student_chooses_another_name(school: House) -> None:
    """The name is only a proposal; but none that is proposed to another student is given away."""
    taken = _tries(school, "Bob.Ray", JANES)
    jane = _tries(school, "Janie", JANES)

    assert (["username_taken"], []) == (taken.hears_codes(), jane.hears_codes())
    assert ["Bob.Ray", "Janie"] == [user for user, _, _ in _roster(school)]


def test_a_code_is_used_once(school: House) -> None:
    """A used code, a wrong one and none at all register nothing."""
    _tries(school, "Jane.Doe", JANES)
    refused = [_tries(school, "Someone", code).hears_codes() for code in (JANES, "0000-0000-0000", "", "é")]
    without = school.connects()
    without.send(Claim(sender="Someone", text=RIGHT))

    assert [["wrong_code"]] * 4 == refused
    assert (["claims_closed"], 1) == (without.hears_codes(), len(school.chat.accounts))


def test_two_at_once() -> None:
    """Of two clients with one code the first one registers: it is checked where it is used up."""
    house = _school(Limits(claims="closed"))
    one, other = house.connects(), house.connects()
    for client, name in ((one, "Jane.Doe"), (other, "Thief")):
        client.send(Claim(sender=name, text=RIGHT, code=JANES))
    for _ in range(4):
        house.turn()

    assert (["Welcome to ClassChat, Jane.Doe!"], ["wrong_code"]) == (one.hears_texts(), other.hears_codes())
    assert ["Jane.Doe"] == [account.name for account in house.chat.accounts]


def test_a_guest_registers_with_a_code() -> None:
    """A guest who is signed in registers the name they have; the audit log says how."""
    house = _school(Limits(claims="closed"))
    (jane,) = house.signs_in("Jane.Doe")
    jane.send(Claim(text=RIGHT, code=JANES, id="1"))
    (entry,) = house.journal.pending
    house.turn()

    assert [] == jane.hears_codes()
    assert Audited("Jane.Doe", "claim", detail="join code") in entry.acts  # type: ignore[union-attr]


def test_a_name_that_is_registered_meanwhile() -> None:
    """If another program registers the name meanwhile, the code stays valid."""
    passwords = HeldPasswords()
    house = House(Limits(claims="closed"), passwords=passwords)
    house.journal.keeps(Enrolling(Student("Jane Doe"), "Jane.Doe", code_digest(JANES) or b""))
    gate = passwords.holds_next()
    jane = _tries(house, "Janie", JANES)
    house.journal.keeps()
    gate.is_open = True
    house.journal.is_claimed("Janie", -1)
    house.journal.unseen.clear()
    for _ in range(4):
        house.turn()

    assert (["already_claimed"], [("Jane.Doe", None, True)]) == (jane.hears_codes(), _roster(house))


def test_guesses_wait(school: House) -> None:
    """Wrong codes from one address count like wrong passwords: soon each of them waits."""
    rests = [
        _tries(school, "Someone", f"0000-0000-00{number:02}", "1.2.3.4").peer.rest for number in range(30)
    ]
    elsewhere = _tries(school, "Jane.Doe", JANES, "5.6.7.8")

    assert [0.0] * 20 == rests[:20]
    assert all(rests[20:])
    assert (0.0, []) == (elsewhere.peer.rest, elsewhere.hears_codes())


def test_a_class_behind_one_address(school: House) -> None:
    """Codes do not count towards the names that an address may register."""
    for number in range(3, 40):
        code = join_code(bytes([number]) * 8)
        school.journal.keeps(Enrolling(Student(f"S{number}"), f"S{number}", code_digest(code) or b""))
        assert [] == _tries(school, f"S{number}", code, "1.2.3.4").hears_codes()

    assert 37 == len(school.chat.accounts)


def test_an_operators_name(school: House) -> None:
    """A code registers no operator's name."""
    house = _school(Limits(operators=frozenset(["jane.doe"])))

    assert ["not_allowed"] == _tries(house, "Jane.Doe", JANES).hears_codes()
