"""The request `file`: who may share a file, what members are told, and who may read it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from classchat.core.shared_files import StoredFile, digest_of, ticket_of
from classchat.errors import NotAMember, StaffOnly, UserNotFound
from classchat.limits import Limits
from classchat.messages import Error, Group, History, Kick, Leave, Private, SetRoom, ShareFile, Success
from tests.unit.helpers import Client, House

T = TypeVar("T")

HELLO = digest_of(b"Hello")


def house(**limits: Any) -> House:
    """Return a house whose server stores files."""
    made = House(Limits(messages=None, requests=None, readings=None, **limits))
    made.chat.files.why_off = lambda: ""
    return made


def in_room(*names: str, **limits: Any) -> tuple[House, list[Client]]:
    """Return a house, and its users in a room: the first one moderates it."""
    made = house(**limits)
    clients = made.signs_in(*names)
    clients[0].creates("R")
    made.turn()
    for client in clients[1:]:
        client.joins("R")
        made.turn()
    for client in clients:
        client.forgets()
    return made, clients


def finish(made: House, waiting: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine, which may wait for the journal."""
    for _ in range(10):
        try:
            waiting.send(None)
        except StopIteration as stop:
            result: T = stop.value
            return result
        made.turn()
    raise AssertionError("it waits for more than the journal")


def offers(made: House, client: Client, receiver: str = "R", **fields: Any) -> str:
    """Ask to share a file; return where it is uploaded."""
    asked = {"name": "notes.pdf", "size": 5, "sha256": HELLO, "id": "f", **fields}
    client.send(ShareFile(receiver=receiver, **asked))
    made.turn()
    (answer,) = client.answers("f")
    assert isinstance(answer, Success), answer
    client.forgets()
    return answer.upload or ""


def stored(made: House, upload: str) -> StoredFile:
    """Return the file that is uploaded to a link."""
    found = finish(made, made.chat.files.uploaded_to(upload.removeprefix("upload/")))
    assert found is not None
    return found


def shares(made: House, client: Client, receiver: str = "R", **fields: Any) -> StoredFile:
    """Share a file, whose content is stored."""
    file = stored(made, offers(made, client, receiver, **fields))
    finish(made, made.chat.files.share(file))
    return file


def link_of(client: Client) -> str:
    """Return the link in the last message with a file."""
    *_, last = (event for event in client.hears("group", "private") if event.file)  # type: ignore[union-attr]
    assert isinstance(last, Group | Private)
    assert last.file is not None
    return last.file.link


def reads(made: House, link: str) -> bool:
    """Return whether a file can be read by a link."""
    return finish(made, made.chat.files.readable(link.split("/")[1])) is not None


def refused(client: Client, **fields: Any) -> list[str | None]:
    """Ask to share a file; return the code of the refusal."""
    client.forgets()
    asked = {"receiver": "R", "name": "notes.pdf", "size": 5, "sha256": HELLO, "id": "f", **fields}
    client.send(ShareFile(**asked))
    return client.hears_codes()


def test_all_members_are_told_of_a_file_each_with_a_link_of_their_own() -> None:
    """A shared file is a message with its name and size, and with a link that is each member's own."""
    made, (alice, bob) = in_room("Alice", "Bob")
    shares(made, alice)
    (to_bob,) = bob.hears("group")

    assert isinstance(to_bob, Group)
    assert to_bob.file is not None
    assert ("Alice", "R", "notes.pdf (5 bytes)", 1) == (
        to_bob.sender,
        to_bob.receiver,
        to_bob.text,
        to_bob.seq,
    )
    assert ("notes.pdf", 5, HELLO, "application/pdf") == (
        to_bob.file.name,
        to_bob.file.size,
        to_bob.file.sha256,
        to_bob.file.type,
    )
    assert link_of(alice) != link_of(bob)
    assert reads(made, link_of(alice))
    assert reads(made, link_of(bob))


def test_the_text_has_the_link_where_the_server_has_an_address() -> None:
    """A client that knows no files reads the name, the size, and a link to click."""
    made, (alice, bob) = in_room("Alice", "Bob")
    bob.peer.reader = bob.peer.reader._replace(base="http://chat.example:5555/")
    shares(made, alice)

    assert [f"notes.pdf (5 bytes): http://chat.example:5555/{link_of(bob)}"] == bob.hears_texts("group")


def test_a_file_keeps_its_place_among_messages() -> None:
    """What was said before and after a file in the same turn is read before and after it."""
    made, (alice, bob) = in_room("Alice", "Bob")
    file = stored(made, offers(made, alice))
    alice.says("R", "before")
    sharing = made.chat.files.share(file)
    sharing.send(None)
    alice.says("R", "after")
    finish(made, sharing)

    assert ["before", "notes.pdf (5 bytes)", "after"] == bob.hears_texts("group")


def test_a_link_ends_when_its_member_leaves() -> None:
    """A link is good as long as its person is a member, and again when they are back; others keep theirs."""
    made, (alice, bob) = in_room("Alice", "Bob")
    shares(made, alice)
    link = link_of(bob)
    bob.send(Leave(receiver="R"))
    made.turn()
    after_leaving = reads(made, link)
    bob.joins("R")
    made.turn()

    assert (False, True, True) == (after_leaving, reads(made, link), reads(made, link_of(alice)))


def test_a_link_ends_when_its_member_is_put_out() -> None:
    """A member who is kicked can't read the room's files any more, nor can a guest who is gone."""
    made, (alice, bob, carol) = in_room("Alice", "Bob", "Carol")
    shares(made, alice)
    links = [link_of(bob), link_of(carol)]
    alice.send(Kick(receiver="R", user="Bob"))
    carol.vanishes()
    made.turn()

    assert [False, False] == [reads(made, link) for link in links]


def test_a_changed_link_leads_nowhere() -> None:
    """Nobody can make a link of another one: to upload, for another person, or of another file."""
    made, (alice, bob) = in_room("Alice", "Bob")
    upload = offers(made, alice)
    finish(made, made.chat.files.share(stored(made, upload)))
    token, own = link_of(bob).split("/")[1], link_of(alice).split("/")[1]
    ticket = ticket_of(token)
    assert ticket is not None
    wrong = ["", "x", token[:-1], token[:-2] + "AA", own[:22] + token[22:], "_" * len(token)]

    assert not any(reads(made, f"f/{each}/x") for each in [*wrong, upload.removeprefix("upload/")])
    assert finish(made, made.chat.files.uploaded_to(token)) is None


def test_history_and_search_have_the_file() -> None:
    """An earlier message with a file is replayed with a link for the member who asks."""
    made, (alice, bob) = in_room("Alice", "Bob")
    shares(made, alice)
    carol = made.signs_in("Carol")[0]
    carol.joins("R")
    made.turn()
    carol.send(History(receiver="R"))
    made.turn()

    assert reads(made, link_of(carol))
    assert link_of(carol) != link_of(bob)


def test_a_private_file_is_for_two() -> None:
    """A file that is sent to a user reaches both, and nobody else can read it."""
    made, (alice, bob, carol) = in_room("Alice", "Bob", "Carol")
    shares(made, alice, "Bob", private=True)
    alice.session.user.person.dialog_with(carol.session.user.person)  # type: ignore[union-attr]

    assert reads(made, link_of(bob))
    assert reads(made, link_of(alice))
    assert [] == carol.hears("private")


def test_finishing_twice_is_one_message() -> None:
    """An upload whose last answer was lost is finished again without a second message."""
    made, (alice, bob) = in_room("Alice", "Bob")
    file = shares(made, alice)
    finish(made, made.chat.files.share(file))

    assert len(bob.hears("group")) == 1


def test_who_may_not_speak_may_not_share() -> None:
    """A file is a message: users who may not speak in a room, or are not in it, can't share one there."""
    made, (alice, bob) = in_room("Alice", "Bob")
    alice.send(SetRoom(receiver="R", text="announce"))
    made.turn()
    carol = made.signs_in("Carol")[0]

    assert ["announce_only"] == refused(bob)
    assert ["not_a_member"] == refused(carol)
    assert ["room_not_found"] == refused(carol, receiver="Nowhere")
    assert ["user_not_found"] == refused(carol, receiver="Nobody", private=True)


def test_what_is_meant_for_a_room_reaches_no_user_of_its_name() -> None:
    """With `private` false the receiver is a room, also for who was removed from it a moment ago."""
    made, (alice, bob) = in_room("alice", "bob")

    assert ["room_not_found"] == refused(bob, receiver="alice", private=False)
    alice.creates("alice")
    made.turn()
    assert ["not_a_member"] == refused(bob, receiver="alice", private=False)


def test_rights_are_checked_again_at_the_end() -> None:
    """A user who is put out, or muted, while a file is uploaded can't share it."""
    made, (alice, bob) = in_room("Alice", "Bob")
    file = stored(made, offers(made, bob))
    private = stored(made, offers(made, bob, "Alice"))
    alice.send(Kick(receiver="R", user="Bob"))
    alice.vanishes()
    made.turn()

    with pytest.raises(NotAMember):
        finish(made, made.chat.files.share(file))
    with pytest.raises(UserNotFound):
        finish(made, made.chat.files.share(private))


def test_a_guest_who_is_gone_shares_nothing() -> None:
    """What a guest has uploaded is not shared after they have left."""
    made, (_, bob) = in_room("Alice", "Bob")
    file = stored(made, offers(made, bob))
    bob.vanishes()
    made.turn()

    with pytest.raises(NotAMember):
        finish(made, made.chat.files.share(file))


def test_no_files_in_an_exam() -> None:
    """In a room whose lines only staff read, students share no files; staff do."""
    made, (alice, bob) = in_room("Alice", "Bob")
    file = stored(made, offers(made, bob))
    alice.send(SetRoom(receiver="R", text="questions"))
    made.turn()

    assert ["staff_only"] == refused(bob)
    with pytest.raises(StaffOnly):
        finish(made, made.chat.files.share(file))
    shares(made, alice)


def test_sizes_are_limited() -> None:
    """A file, all files of a user, and all files of the server have a largest size, and uploads a number."""
    made, (alice, bob) = in_room("Alice", "Bob", file=5, files_of_user=9, files=12, unfinished_files=2)

    assert ["file_too_large"] == refused(alice, size=6)
    alice.forgets()
    shares(made, alice)
    offers(made, alice, size=4)
    alice.send(ShareFile(receiver="R", name="x", size=1, sha256=HELLO, id="f"))
    made.turn()
    bob.send(ShareFile(receiver="R", name="x", size=4, sha256=HELLO, id="f"))
    made.turn()
    (of_alice,), (of_bob,) = alice.answers("f"), bob.answers("f")

    assert ("one user may have 9 bytes" in of_alice.text, "all users together" in of_bob.text) == (True, True)


def test_unfinished_uploads_are_limited() -> None:
    """A user may have begun only so many uploads that are not finished."""
    made, (alice,) = in_room("Alice", unfinished_files=2)
    for _ in range(2):
        offers(made, alice)
    alice.send(ShareFile(receiver="R", name="x", size=1, sha256=HELLO, id="f"))
    made.turn()
    (answer,) = alice.answers("f")

    assert isinstance(answer, Error)
    assert ("no_space", True) == (answer.code, "2 of your uploads are not finished" in answer.text)


def test_an_upload_that_is_withdrawn_takes_no_space() -> None:
    """An upload ends when its user gives it up, and another one can begin; a shared file stays."""
    made, (alice, _) = in_room("Alice", "Bob", unfinished_files=1)
    upload = offers(made, alice)
    first = finish(made, made.chat.files.withdraw(stored(made, upload)))
    gone = finish(made, made.chat.files.uploaded_to(upload.removeprefix("upload/")))
    shared = shares(made, alice)

    assert (True, None) == (first, gone)
    assert finish(made, made.chat.files.withdraw(shared)) is False


def test_without_a_store_there_are_no_files() -> None:
    """A server that stores no files says so."""
    made = House()
    (alice,) = made.signs_in("Alice")

    assert ["files_off"] == refused(alice)


def test_names_are_cleaned() -> None:
    """The name of a stranger's file is harmless before anybody reads it."""
    made, (alice, bob) = in_room("Alice", "Bob")
    shares(made, alice, name="../../\u202eevil\n.html")

    assert ["_evil_.html (5 bytes)"] == bob.hears_texts("group")


def test_errors_have_sentences() -> None:
    """What is refused says what to do next."""
    _, (alice,) = in_room("Alice", file=25_000_000)
    refused(alice, size=25_000_001)
    sentence = "The file is too large: at most 25.0 MB. Please share a smaller one."

    assert [sentence] == alice.hears_texts("error")
