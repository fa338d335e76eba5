"""The state of the screen: focus, unread counts, pending messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from classchat.client.display.mentions import mentions, pieces
from classchat.client.screen.focus import RoomFocus, Seen, UserFocus
from classchat.client.screen.known_names import Names
from classchat.client.screen.state import Screen
from classchat.messages import (
    Create,
    Error,
    Group,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Private,
    RoomListing,
    Say,
    Success,
    Tell,
    UserListing,
)
from classchat.names import key
from tests.tables import each_case

names = st.sampled_from(["Alice", "Bob", "bob", "CS350", "cs350", "Zoë", "愛"])


def granted(id: str | None = "1", **more: object) -> Success:
    """Return an answer."""
    return Success("SERVER", "Alice", "granted", id=id, **more)  # type: ignore[arg-type]


def refused(id: str | None = "1", code: str | None = None) -> Error:
    """Return a refusal."""
    return Error("SERVER", "Alice", "refused", id=id, code=code)


def in_rooms(*rooms: str) -> Screen:
    """Return the screen of Alice, who has joined these rooms one after the other."""
    screen = Screen("Alice")
    for room in rooms:
        screen.answered(granted(), Join(receiver=room))
    return screen


def renamed(old: str, new: str) -> Private:
    """Return what Alice is told of another user's new name."""
    return Private("SERVER", "Alice", f"{old} is now called {new}", event="renamed", user=old, name=new)


# The focus.


def test_there_is_none_at_first() -> None:
    """Without a focus plain text goes nowhere."""
    assert (None, None) == (Screen("Alice").focus, Screen("Alice").said("Hello"))


@pytest.mark.parametrize("request_", [Create(receiver="CS350"), Join(receiver="CS350")])
def test_entering_a_room_sets_it(request_: Create | Join) -> None:
    """A created or joined room gets the focus."""
    screen = Screen("Alice")
    screen.answered(granted(), request_)

    assert (RoomFocus("CS350"), Say(receiver="CS350", text="Hi")) == (screen.focus, screen.said("Hi"))


def test_refusal_does_not() -> None:
    """A refused room does not get the focus."""
    screen = in_rooms("CS350")
    screen.answered(refused(), Join(receiver="CS351"))

    assert RoomFocus("CS350") == screen.focus


def test_leaving_takes_it_away() -> None:
    """When the room with the focus is left, nothing has the focus."""
    screen = in_rooms("CS350", "CS351")
    screen.answered(granted(), Leave(receiver="cs351"))

    assert (None, ["CS350"]) == (screen.focus, [each.place.name for each in screen.conversations])


def test_leaving_another_room_does_not() -> None:
    """Leaving another room does not change the focus."""
    screen = in_rooms("CS350", "CS351")
    screen.answered(granted(), Leave(receiver="CS350"))

    assert RoomFocus("CS351") == screen.focus


def test_person_and_room_of_one_name() -> None:
    """A room and a user may have one name: messages for one never go to the other."""
    screen = in_rooms("Bob")
    screen.focus_on(UserFocus("Bob"))
    screen.answered(granted(), Leave(receiver="Bob"))
    said = screen.said("Hi")

    assert (UserFocus("Bob"), Tell(receiver="Bob", text="Hi")) == (screen.focus, said)


@each_case(
    ("name", "place"),
    [
        ("cs350", RoomFocus("CS350")),
        ("bob", UserFocus("Bob")),
        ("@Carol", UserFocus("Carol")),
        ("@CS350", UserFocus("CS350")),
        ("CS351", None),
        ("Nobody", None),
        ("@", None),
    ],
)
def test_what_a_name_means(name: str, place: RoomFocus | UserFocus | None) -> None:
    """A name is that of a joined room, or of a known user; with `@` always of a user."""
    screen = in_rooms("CS350")
    screen.answered(granted(users=[UserListing("Bob"), UserListing("CS350")]), ListUsers())
    screen.answered(granted(rooms=[RoomListing("CS351", 1)]), ListRooms())

    assert place == screen.find(name)


@given(st.lists(st.tuples(st.sampled_from(["join", "leave", "focus", "person", "hear"]), names)))
def test_focus_on_a_person_never_leaks(steps: list[tuple[str, str]]) -> None:
    """Text always goes to the room or user of the focus, or nowhere; and only to the user's own rooms."""
    screen = Screen("Alice")
    for step, name in steps:
        before = screen.focus
        match step:
            case "join":
                screen.answered(granted(), Join(receiver=name))
            case "leave":
                screen.answered(granted(), Leave(receiver=name))
            case "focus":
                screen.focus_on(screen.find(name))
            case "person":
                screen.focus_on(UserFocus(name))
            case _:
                screen.heard(Private(name, "Alice", "Hi"))
                screen.heard(Group(name, "CS350", "Hi Alice"))
                assert before == screen.focus
        match screen.said("x"):
            case Say(receiver=receiver):
                assert screen.focus == RoomFocus(receiver)
                assert receiver in screen.joined
            case Tell(receiver=receiver):
                assert screen.focus == UserFocus(receiver)
            case None:
                assert screen.focus is None


# What is unread.


def test_unread() -> None:
    """Messages outside the focus count as unread, until they are looked at."""
    screen = in_rooms("CS350", "CS351")
    for event in (
        Group("Bob", "CS350", "Hello"),
        Group("Bob", "CS350", "Alice?"),
        Group("Bob", "CS351", "Hello"),
        Private("Bob", "Alice", "Psst"),
        Group("SERVER", "CS350", "Carol has joined the chat room"),
        Group("Bob", "CS350", "of yesterday", replay=True),
    ):
        screen.heard(event)
    counts = [(number, each.place, each.unread, each.mentions) for number, each in screen.unread]
    screen.focus_on(RoomFocus("CS350"))

    assert [(1, RoomFocus("CS350"), 2, 1), (3, UserFocus("Bob"), 1, 1)] == counts
    assert [3] == [number for number, _ in screen.unread]


def test_own_messages_are_read() -> None:
    """The user's own messages are not unread."""
    screen = in_rooms("CS350", "CS351")
    seen = screen.heard(Group("alice", "CS350", "Alice says hello"))

    assert ([], Seen()) == (screen.unread, seen)


def test_names_are_shown_as_they_are_spelled() -> None:
    """Names are shown in their known spelling, even if they were typed in another case."""
    screen = Screen("Alice")
    screen.answered(granted(rooms=[RoomListing("CS350", 1)], users=[UserListing("Bob")]), None)
    screen.answered(granted(), Join(receiver="cs350"))
    room = screen.focus
    screen.answered(granted(), Tell(receiver="bob", text="Hi"))

    assert (RoomFocus("CS350"), UserFocus("Bob")) == (room, screen.find("@BOB"))
    assert [RoomFocus("CS350"), UserFocus("Bob")] == [each.place for each in screen.conversations]
    assert [["CS350"], ["Bob"]] == [list(screen.rooms), list(screen.users)]


def test_who_answers_has_read() -> None:
    """An answer marks a conversation as read; a replay does not count."""
    screen = in_rooms("A", "B", "C")
    for event in (Group("Bob", "A", "Hi"), Group("Bob", "B", "Hi"), Private("Bob", "Alice", "Psst")):
        screen.heard(event)
    screen.heard(Group("Alice", "A", "Hello"))
    screen.heard(Group("Alice", "B", "of yesterday", replay=True))
    screen.answered(Success("SERVER", "Alice", "", id="1"), Tell(receiver="Bob", text="Yes?", id="1"))

    assert [RoomFocus("B")] == [each.place for _, each in screen.unread]


def test_next_unread() -> None:
    """Keys go round the conversations with unread messages, both ways."""
    screen = in_rooms("A", "B", "C", "D")
    for room in ("A", "C"):
        screen.heard(Group("Bob", room, "Hi"))
    there, back = screen.next_unread(), screen.next_unread(-1)
    screen.focus_on(RoomFocus("A"))

    assert (RoomFocus("A"), RoomFocus("C"), RoomFocus("C")) == (there, back, screen.next_unread())
    screen.focus_on(RoomFocus("C"))
    assert screen.next_unread() is None


def test_numbers() -> None:
    """Each conversation has a number, which stays while it exists."""
    screen = in_rooms("A", "B")
    screen.heard(Private("Bob", "Alice", "Hi"))

    assert [None, RoomFocus("A"), RoomFocus("B"), UserFocus("Bob"), None] == [
        screen.numbered(n) for n in range(5)
    ]


def test_conversations_are_bounded() -> None:
    """Strangers can't fill the memory."""
    screen = Screen("Alice")
    for number in range(2000):
        screen.heard(Private(f"Bob{number}", "Alice", "Hi"))

    assert len(screen.conversations) <= 500


# Mentions.


@each_case(
    "text",
    ["Alice", "alice?", "@Alice: look", "ask ALICE.", "(Alice)", "\nAlice\n", "Alice..."],
)
def test_mention(text: str) -> None:
    """The user's name as a word of its own is a mention, in any spelling."""
    assert mentions(text, "Alice")


@each_case(
    "text",
    [
        "that is Alice’s turn",
        "Alice，你好",
        "@Alice：看",
        "see Alice。",
        "«Alice»",
        "¿Alice?",
        "Alice، look",
        "你好Alice",
        "Alice님",
        "Alice—look",
        "_Alice_",
        "hey,@Alice",
        "see https://x.org/a, Alice",
        "~Alice~",
        "#Alice",
        "Alice&Bob",
        "100%Alice",
        "Alice^",
        "at 10:30/Alice",
        "bob@x.org asks Alice",
        "Alice🎉",
        "\u2068Alice\u2069",
    ],
)
def test_mention_beside_punctuation_of_any_script(text: str) -> None:
    """A character of another kind or script ends a name, as a space does."""
    assert [("Alice", True)] == [piece for piece in pieces(text, "Alice") if piece[1]]


@each_case(
    ("text", "name"),
    [
        ("王伟，你好", "王伟"),
        ("王伟你好", "王伟"),
        ("철수야", "철수"),
        ("สมชายครับ", "สมชาย"),
        ("Zoe\u0308’s", "Zoë"),
        ("हिन्दी।", "हिन्दी"),
    ],
)
def test_mention_in_any_script(text: str, name: str) -> None:
    """A name in a script without spaces between words is found."""
    assert mentions(text, name)


@each_case(
    "text",
    [
        "alice@x.org",
        "bob@alice.org",
        "mailto:a.alice+b@x.org",
        "https://x.org/alice",
        "alice@例え.jp",
        "alice@[::1]",
        "git@x.org:alice/notes.git",
        "x.org:8080/alice",
        "x.org?user=alice",
        "localhost:8080/alice",
        "https://alice.org/?u=alice&x",
        "www.x.org/Alice",
        "x.org/alice",
        "ssh://alice:x@host",
        "Alice-Bob",
        "Alice\u0301",
    ],
)
def test_an_address_is_no_mention(text: str) -> None:
    """A name within an address, a link or another name is not a mention."""
    assert not mentions(text, "Alice")


@each_case("text", ["Alices", "malice", "Alice2", "Al ice", "", "Alice_B", "x.Alice", "Alice" * 99])
def test_no_mention(text: str) -> None:
    """A part of another word is not a mention."""
    assert not mentions(text, "Alice")


@given(st.text(), names)
def test_pieces_are_the_text(text: str, name: str) -> None:
    """The pieces of a text together are the text."""
    assert text == "".join(piece for piece, _ in pieces(text, name))


@given(names, st.sampled_from([" ", ", ", "! ", "\n"]))
def test_name_is_found(name: str, around: str) -> None:
    """A name between other words is found, in its spelling there."""
    assert [("x" + around, False), (name, True), (around + "x", False)] == pieces(
        f"x{around}{name}{around}x", name.upper()
    )


def test_private_is_a_mention() -> None:
    """A private message counts as a mention."""
    assert Seen(mention=True) == Screen("Alice").heard(Private("Bob", "Alice", "Hi"))


# Ignoring.


def test_ignored() -> None:
    """Messages of an ignored user are not counted, in any spelling of the name; others are."""
    screen = in_rooms("CS350", "CS351")
    screen.ignored.add("Bob")
    seen = [screen.heard(event) for event in (Private("bob", "Alice", "x"), Group("BOB", "CS350", "x"))]

    assert ([Seen(ignored=True)] * 2, []) == (seen, screen.unread)
    assert Seen() == screen.heard(Group("Carol", "CS350", "x"))


# What is not confirmed.


def test_pending_until_confirmed() -> None:
    """A message is pending until the server has answered, in order."""
    screen = in_rooms("CS350")
    said = [Say(receiver="CS350", text="a", id="2"), Tell(receiver="Bob", text="b", id="3")]
    for command in said:
        screen.asked(command)
    before = list(screen.pending.values())
    screen.answered(granted("2"), said[0])
    screen.answered(refused("3"), said[1])

    assert (said, {}) == (before, screen.pending)


def test_hearing_oneself_confirms() -> None:
    """A message that comes back confirms one pending message of the same text."""
    screen = in_rooms("CS350")
    for id in ("2", "3"):
        screen.asked(Say(receiver="cs350", text="a", id=id))
    screen.heard(Group("Alice", "CS350", "a"))

    assert ["3"] == list(screen.pending)


def test_entering_waits() -> None:
    """While a room is being joined the focus is open."""
    screen = Screen("Alice")
    screen.asked(Join(receiver="CS350", id="2"))
    before = bool(screen.entering)
    screen.answered(refused("2"), Join(receiver="CS350", id="2"))

    assert (True, set()) == (before, screen.entering)


# Names.


def test_names_are_kept_current() -> None:
    """Users and rooms are known from lists and messages."""
    screen = Screen("Alice")
    screen.answered(granted(rooms=[RoomListing("CS350", 3)]), ListRooms())
    screen.answered(granted(users=[UserListing("Bob")]), ListUsers())
    screen.heard(Private("Carol", "Alice", "Hi"))
    screen.heard(Group("SERVER", "CS351", "Dora has joined the chat room"))

    assert (["Bob", "Carol", "Dora"], ["CS350", "CS351"]) == (list(screen.users), list(screen.rooms))
    assert "Carol" == screen.last_sender


def test_whole_lists_replace_what_was_known() -> None:
    """A user who is missing from a complete list is gone; a partial list, or a room's, does not count."""
    screen = Screen("Alice")
    known = []
    for request, more in (
        (ListUsers(), None),
        (ListUsers(receiver="R"), None),
        (ListUsers(), 1),
        (ListUsers(), None),
    ):
        screen.answered(
            granted(users=[UserListing(f"User{len(known)}")], more=more), replace(request, id="1")
        )
        known.append(list(screen.users))
    screen.answered(granted(rooms=[RoomListing("R", 1)]), ListRooms(id="1"))
    screen.answered(granted(rooms=[RoomListing("S", 1)]), ListRooms(id="1"))

    assert [["User0"], ["User0", "User1"], ["User0", "User1", "User2"], ["User3"]] == known
    assert ["S"] == list(screen.rooms)


def test_who_is_not_found_is_gone() -> None:
    """A user or room that the server does not know is not offered any more."""
    screen = Screen("Alice")
    screen.users.add("Bob")
    screen.rooms.add("CS350")
    screen.answered(refused(code="not_saved"), Tell(receiver="Bob"))
    before = [*screen.users, *screen.rooms]
    screen.answered(refused(code="user_not_found"), Tell(receiver="bob"))
    screen.answered(refused(code="room_not_found"), Join(receiver="cs350"))

    assert ["Bob", "CS350"] == before
    assert [] == [*screen.users, *screen.rooms]


def test_names_are_bounded() -> None:
    """Of very many names the oldest is dropped."""
    names = Names(key)
    for number in range(10_001):
        names.add(f"user{number}")

    assert ("user0" in names, "user1" in names, len(list(names))) == (False, True, 10_000)


# Other names.


def test_a_conversation_goes_on_under_another_name() -> None:
    """The focus, the place in the list, what is unread and the last sender follow a user's new name."""
    screen = in_rooms("CS350")
    for sender in ("Bob", "Zoë"):
        screen.heard(Private(sender, "Alice", "Hi", seq=1))
    screen.heard(renamed("Zoë", "Zed"))
    screen.focus_on(UserFocus("Bob"))
    screen.heard(renamed("Bob", "Bert"))

    assert UserFocus("Bert") == screen.focus
    assert [RoomFocus("CS350"), UserFocus("Bert"), UserFocus("Zed")] == [
        each.place for each in screen.conversations
    ]
    assert [(3, 1)] == [(number, each.unread) for number, each in screen.unread]
    assert ("Zed", ["Bert", "Zed"]) == (screen.last_sender, sorted(screen.users))


def test_a_conversation_with_the_former_user_of_a_name_ends() -> None:
    """A user who takes the name of one with an open conversation goes on in their own."""
    screen = Screen("Alice")
    screen.heard(Private("Bob", "Alice", "old", seq=1))
    screen.heard(Private("Zoë", "Alice", "new", seq=1))
    screen.heard(renamed("Zoë", "bob"))

    assert [UserFocus("bob")] == [each.place for each in screen.conversations]


def test_another_case_of_a_name() -> None:
    """A user who only spells the name in another way stays where they are."""
    screen = Screen("Alice")
    screen.heard(Private("bob", "Alice", "Hi", seq=1))
    screen.heard(renamed("bob", "BOB"))

    assert ([UserFocus("BOB")], ["BOB"]) == (
        [each.place for each in screen.conversations],
        list(screen.users),
    )


def test_an_ignored_user_stays_ignored() -> None:
    """A new name hides nobody else: only the present name of the user is ignored, beside the first one."""
    screen = Screen("Alice")
    screen.ignored.add("Bob")
    for old, new in (("Bob", "Bert"), ("Bert", "Bill")):
        screen.heard(renamed(old, new))
    seen = [screen.heard(Group(name, "R", "Hi", seq=1)).ignored for name in ("Bob", "Bert", "Bill")]

    assert [True, False, True] == seen
