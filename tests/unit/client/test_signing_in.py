"""Signing in with a password: what the client asks, what it sends, and what it never shows."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet import error

from classchat.messages import Error, Group, Private, RoomListing, Success
from tests.tables import each_case
from tests.unit.client.helpers import BANNER, ERASE, Client, Server

SECRET = "correct horse"  # noqa: S105
OTHER = "another horse"
ASKS = "Password for Alice: "
CONNECTED = "[CLIENT] Connected to server at 127.0.0.1:5555"
HINT = "[CLIENT] 'Alice' is registered: type its password, or press Enter for another name"
WRONG = "Wrong name or password. Please try again."
CLAIMED = "'Alice' is a registered name. Sign in with its password, or choose another name."
WELCOME = "[SUCCESS] Welcome to ClassChat, Alice!"


def greeting(rooms: list[RoomListing] | None = None, *, guest: bool = False, **more: Any) -> Success:
    """Return the welcome of a server to a user with an account, or to a guest."""
    fields = {"server": "ClassChat 0.1", "token": "t1", "epoch": "e1", **more}
    own = None if guest else rooms or []
    return Success("SERVER", "Alice", "Welcome to ClassChat, Alice!", rooms=own, **fields)


def refusal(code: str, text: str = "refused") -> Error:
    """Return a server's refusal of a user who signs in."""
    return Error("SERVER", "Alice", text, code=code)


def refuses(client: Client, code: str, text: str = "refused") -> None:
    """Refuse the last call, and close the connection."""
    server = client.reaches()
    server.tells(refusal(code, text))
    server.hangs_up()
    client.waits(0.01)


def meets(client: Client) -> Server:
    """Return the server that the client calls now, after its sign-in was checked."""
    client.waits(0.01)
    return client.reaches()


def locked(person: bool = True, **options: Any) -> Client:
    """Return Alice's client, whose name is registered."""
    client = Client(person=person, **options)
    client.starts()
    refuses(client, "password_required", CLAIMED)
    return client


def entered(
    rooms: list[RoomListing] | None = None, retry: float = 300, *, guest: bool = False
) -> tuple[Client, Server]:
    """Return Alice's client and its server, after signing in with a password."""
    client = locked(retry=retry)
    client.types(SECRET)
    server = meets(client)
    server.tells(greeting(rooms, guest=guest))
    server.forgets()
    client.clears_screen()
    return client, server


def shown(client: Client) -> str:
    """Return the screen without the erasing of prompts."""
    return client.screen.replace(ERASE, "")


# Signing in.


def test_a_claimed_name() -> None:
    """A registered name takes its password, unseen; the connection is shown once."""
    client = locked()
    hidden = not client.echo.is_on
    client.types(SECRET)
    server = meets(client)
    (register,) = server.hears
    still_hidden = not client.echo.is_on
    server.tells(greeting())

    assert (True, True, True) == (hidden, still_hidden, client.echo.is_on)
    assert ("register", "Alice", SECRET) == (register["status"], register["sender"], register["text"])
    assert f"{CONNECTED}\n{HINT}\n{ASKS}{WELCOME}\n{BANNER}\nYou: " == shown(client)


def test_wrong_passwords() -> None:
    """A wrong password may be repeated as often as needed, unseen; after three the hint is shown again."""
    client = locked()
    client.clears_screen()
    hidden = []
    for _ in range(4):
        client.types("wrong")
        hidden.append(not client.echo.is_on)
        refuses(client, "wrong_password", WRONG)
        hidden.append(not client.echo.is_on)
    again = f"[ERROR] {WRONG}\n{ASKS}"

    assert f"{again}{again}[ERROR] {WRONG}\n{HINT}\n{ASKS}{again}" == shown(client)
    assert (None, [True] * 8) == (client.exit_code, hidden)
    assert "wrong\n" not in client.screen


def test_what_is_typed_while_a_password_is_looked_at() -> None:
    """Text typed early is neither shown nor used: it may be the password again."""
    client = locked()
    client.types(SECRET)
    server = meets(client)
    client.types(OTHER, f"/private Bob {OTHER}")
    server.tells(greeting())
    server.forgets()
    client.types("/rooms")

    assert ["rooms"] == [one["status"] for one in server.hears]
    assert OTHER not in client.screen


@pytest.mark.parametrize("wrong", ["two\tparts", "bell\x07", "x" * 5000])
def test_a_password_that_can_not_be_one(wrong: str) -> None:
    """A password of several lines is asked for again, unseen, and all that was pasted is dropped."""
    client = locked()
    client.clears_screen()
    client._terminal.dataReceived(f"{wrong}\n{OTHER}\n".encode())

    assert shown(client).startswith("[ERROR] ")
    assert shown(client).endswith(ASKS)
    assert (1, False) == (len(client.calls), client.echo.is_on)


def test_several_lines_pasted() -> None:
    """The first line is the password; what follows it is said to no one."""
    client = locked()
    client._terminal.dataReceived(f"{SECRET}\n{OTHER}\n".encode())
    server = meets(client)
    server.tells(greeting())

    assert [SECRET] == server.texts
    assert OTHER not in client.screen


@each_case(
    ("code", "text"),
    [
        ("username_taken", "Username already taken. Please try another."),
        ("name_too_similar", "This name is too similar to 'Tim'."),
        ("invalid_name", "A user name is 1 to 32 letters."),
        ("too_many", "Too many connections under one name: the limit is 16."),
        ("too_long", "The line is too long: at most 65536 bytes."),
        ("not_allowed", "That name is an operator's."),
        (None, "Username already taken. Please try another."),
    ],
)
def test_a_name_that_is_refused(code: str | None, text: str) -> None:
    """A person is asked for another name; what was typed before the question is no answer."""
    client = Client()
    client.starts()
    client.types("/join CS350")
    server = client.reaches()
    server.tells(Error("SERVER", "Alice", text, code=code))
    server.hangs_up()
    client.types("Bob")
    server = meets(client)

    assert f"{CONNECTED}\n[ERROR] {text}\nEnter your username: {CONNECTED}\n" == shown(client)
    assert b"Bob" == server.transport.value().strip()
    assert client.exit_code is None


def test_leaving_where_a_name_is_asked_for() -> None:
    """`/quit` can't be a name, and leaves."""
    client = locked()
    client.types("", "/quit")

    assert 0 == client.exit_code


def test_a_name_that_is_refused_in_a_script() -> None:
    """A script ends with exit code 1."""
    client = Client(person=False)
    client.starts()
    refuses(client, "username_taken", "Username already taken. Please try another.")

    assert [CONNECTED, "[ERROR] Username already taken. Please try another."] == client.lines
    assert 1 == client.exit_code


@each_case("code", ["shutting_down", "timeout", "internal_error", "tls_required"])
def test_a_refusal_that_every_name_meets(code: str) -> None:
    """If another name does not help, the client does not ask for one."""
    client = Client()
    client.starts()
    refuses(client, code)

    assert 1 == client.exit_code


def test_claims_are_closed() -> None:
    """A user who may not register the name is asked for another one."""
    client = Client()
    client.starts()
    refuses(client, "claimed_only")
    client.types(SECRET, SECRET)
    client.waits(0.01)
    refuses(
        client,
        "claims_closed",
        "Names can't be registered on this server. Ask its operator to register yours.",
    )

    assert shown(client).endswith("Ask its operator to register yours.\nEnter your username: ")
    assert (None, True) == (client.exit_code, client.echo.is_on)


def test_another_name() -> None:
    """Enter alone leads to another name, on a new connection."""
    client = locked()
    client.types("", "Alice2")
    server = meets(client)

    assert b"Alice2" == server.transport.value().strip()
    assert shown(client).endswith(f"{HINT}\n{ASKS}Enter your username: {CONNECTED}\n")
    assert client.echo.is_on


def test_another_name_while_the_first_connection_is_still_there() -> None:
    """A server that does not close the connection is disconnected."""
    client = Client()
    client.starts()
    server = client.reaches()
    server.tells(refusal("password_required"))
    client.types("")
    aborted = server.aborted
    server.hangs_up()
    client.types("Bob")

    assert (True, 2, None) == (aborted, len(client.calls), client.exit_code)


def test_what_was_typed_before_the_question() -> None:
    """Text typed visibly before the question is not used as the password."""
    client = Client()
    client.starts()
    client.types("/join CS350")
    refuses(client, "password_required", CLAIMED)
    client.types(SECRET)

    assert [SECRET] == meets(client).texts


@pytest.mark.parametrize("leave", ["presses_ctrl_c", "ends_input"])
def test_leaving_instead(leave: str) -> None:
    """Ctrl+C leaves; what is typed until the terminal is restored stays hidden."""
    client = locked()
    getattr(client, leave)()
    client.shuts_down()
    client.reads_everything()

    assert (leave == "ends_input") is bool(client.exit_code)
    assert not client.echo.is_on  # restoring the terminal shows it again, when nothing is typed ahead
    assert client.is_gone


def test_a_server_that_is_gone_meanwhile() -> None:
    """If the server is gone after the password, the client says so, and asks again, unseen."""
    client = locked()
    client.types(SECRET)
    client.waits(0.01)
    client.does_not_reach(error.ConnectionRefusedError())
    hidden = not client.echo.is_on
    client.types(SECRET)
    server = meets(client)
    server.tells(greeting())

    assert "[ERROR] Connection refused: is the server running at 127.0.0.1:5555?" in client.screen
    assert (True, [SECRET], None) == (hidden, server.texts, client.exit_code)
    assert WELCOME in client.screen


@each_case(("code", "times"), [("shutting_down", 1), ("busy", 6), ("timeout", 1), ("too_many", 1)])
def test_a_refusal_of_who_has_typed_a_password(code: str, times: int) -> None:
    """A refusal after the password is shown, and the password is asked for again."""
    client = locked()
    client.types(SECRET)
    for _ in range(times):
        client.waits(3)
        refuses(client, code, "Not now.")
    client.types(SECRET)
    server = meets(client)

    assert "[ERROR] Not now." in client.screen
    assert (SECRET, None) == (server.texts[-1], client.exit_code)


def test_a_server_that_is_busy() -> None:
    """A server that is busy with passwords is called again after a moment, a few times."""
    client = locked()
    client.types(SECRET)
    client.waits(0.01)
    for _ in range(5):
        refuses(client, "busy")
        calls = len(client.calls)
        client.waits(1.5)
        early = len(client.calls) - calls
        client.waits(1)
        assert (0, 1) == (early, len(client.calls) - calls)
    text = client.reaches()
    assert [SECRET] == text.texts
    text.tells(refusal("busy", "Too many users are signing in right now."))

    assert f"[ERROR] Too many users are signing in right now.\n{ASKS}" in shown(client)
    assert client.exit_code is None


def test_a_server_that_takes_its_time() -> None:
    """After wrong passwords a server answers slowly: the client waits longer than for a bare name."""
    client = locked()
    client.types(SECRET)
    server = meets(client)
    client.waits(29)
    server.tells(greeting())

    assert WELCOME in client.screen


def test_only_claimed_names_come_in() -> None:
    """If guests are not allowed, a user may register the name: the password is asked for twice."""
    client = Client()
    client.starts()
    refuses(client, "claimed_only", "Only registered users may join.")
    client.types(SECRET, OTHER, SECRET, SECRET)
    server = meets(client)
    (claim,) = server.hears
    server.tells(greeting())
    first, again = "Your new password: ", "Your new password again: "
    asked = f"{first}{again}[ERROR] Passwords don't match: choose the new password again\n{first}{again}"

    assert ("claim", "Alice", SECRET) == (claim["status"], claim["sender"], claim["text"])
    assert (
        "[ERROR] Only registered users may join.\n[CLIENT] Choose a password to register this name"
        in client.screen
    )
    assert f"press Enter for another name\n{asked}{WELCOME}\n" in shown(client)


def test_a_claim_that_is_not_granted() -> None:
    """An unusable password is asked for again; a name that was registered meanwhile takes its own."""
    client = Client()
    client.starts()
    refuses(client, "claimed_only")
    client.types("short", "short")
    client.waits(0.01)
    refuses(client, "unusable_password", "A password must have 8 to 256 characters.")
    again = shown(client).endswith("Your new password: ")
    client.types(SECRET, SECRET)
    client.waits(0.01)
    refuses(client, "already_claimed")

    assert again
    assert "[ERROR] A password must have 8 to 256 characters." in client.screen
    assert shown(client).endswith(ASKS)


# Where a password must not go.


@pytest.mark.parametrize(
    ("host", "options", "asks"),
    [
        ("192.0.2.1", {"encrypted": False}, False),
        ("192.0.2.1", {"encrypted": False, "no-tls": True}, True),
        ("127.0.0.1", {"encrypted": False}, True),
    ],
)
def test_plain_text(host: str, options: dict[str, Any], asks: bool) -> None:
    """In plain text to another machine no password is asked for, unless the command line says so."""
    client = Client(host, **options)
    client.starts()
    refuses(client, "password_required", CLAIMED)

    assert asks is shown(client).endswith(ASKS)
    assert asks is ("[ERROR] Passwords are not sent unencrypted" not in client.screen)


# In scripts.


def test_script_with_a_password() -> None:
    """A script gives the password from its file, without a question."""
    client = locked(person=False, password=SECRET)
    server = meets(client)
    server.tells(greeting())

    assert [SECRET] == server.texts
    assert f"{CONNECTED}\n{WELCOME}\n" == client.screen


def test_script_without_a_password() -> None:
    """A script without a password gets a sentence that says what to do, and ends."""
    client = locked(person=False)

    assert f"[ERROR] {CLAIMED} Give the password with --password-file FILE" in client.lines
    assert 1 == client.exit_code


def test_script_with_a_wrong_password() -> None:
    """A script tries once."""
    client = locked(person=False, password=OTHER)
    client.waits(0.01)
    refuses(client, "wrong_password", WRONG)

    assert (1, 2) == (client.exit_code, len(client.calls))
    assert f"[ERROR] {WRONG}" in client.lines
    assert OTHER not in client.screen


def test_person_with_a_wrong_file() -> None:
    """A person whose file has a wrong password is asked."""
    client = locked(password=OTHER)
    client.waits(0.01)
    refuses(client, "wrong_password", WRONG)
    client.types(SECRET)

    assert [SECRET] == meets(client).texts


# Signed in.


def test_rooms_from_the_beginning() -> None:
    """A user with rooms sees them, and joins none of them."""
    client = locked()
    client.types(SECRET)
    server = meets(client)
    server.tells(greeting([RoomListing("CS350", 3, 7), RoomListing("lab1", 1, 0)]))

    assert shown(client).startswith(
        f"{CONNECTED}\n{HINT}\n{ASKS}{WELCOME}\n{BANNER}\n[CLIENT] You are in CS350, lab1\n"
    )
    assert ["register"] == [one["status"] for one in server.hears]


def test_what_was_missed_stands_before_the_welcome() -> None:
    """Missed messages are shown as they arrive, once, even if the connection is lost then."""
    client = locked(retry=300)
    client.types(SECRET)
    server = meets(client)
    time = "1970-01-01T10:04:00.000Z"
    server.tells(
        Private("Bob", "Alice", "psst", seq=4, time=time, replay=True),
        Group("Bob", "CS350", "Hello }", seq=7, time=time, replay=True),
        greeting([RoomListing("CS350", 2, 7)]),
    )
    before = shown(client)
    server.hangs_up()
    client.waits(1)
    (again,) = client.reaches().hears

    missed = "[Private from Bob] (10:04) psst\n[CS350 - Bob] (10:04) Hello }\n"
    assert f"{BANNER}\n{missed}{WELCOME}\n[CLIENT] You are in CS350\nYou: " in before
    assert 1 == before.count("ClassChat Commands:")
    assert {"epoch": "e1", "seq": 0, "seqs": {"Bob": 4}, "rooms": {"CS350": 7}} == again["since"]
    assert ("t1", "") == (again["token"], again["text"])


def test_coming_back() -> None:
    """After reconnecting the user is in the rooms of the welcome, and sees nothing twice."""
    client, server = entered([RoomListing("CS350", 2, 7)])
    client.types("/join lab1")
    server.tells(
        Success("SERVER", "Alice", "You have joined 'lab1'", id=server.hears[-1]["id"], epoch="e1", seq=3)
    )
    server.tells(Group("Bob", "CS350", "eight", seq=8, time="t"))
    client.clears_screen()
    server.hangs_up()
    client.waits(1)
    server = client.reaches()
    server.tells(Group("Bob", "CS350", "eight", seq=8, time="t", replay=True))
    server.tells(Group("Bob", "CS350", "nine", seq=9, time="t", replay=True))
    server.tells(greeting([RoomListing("CS350", 2, 9), RoomListing("new", 1, 0)]))
    register, ping = server.hears
    server.tells(Success("SERVER", "Alice", "pong", id=ping["id"]))

    assert {"CS350": 8, "lab1": 3} == register["since"]["rooms"]
    assert shown(client).replace("You: ", "").splitlines()[1:] == [
        "[CS350 - Bob] nine",
        "[CLIENT] You are no longer in lab1: You left it, or were removed, while you were away",
        "[CLIENT] Reconnected to 127.0.0.1:5555: back in CS350, new",
    ]


def test_messages_missed_somewhere() -> None:
    """If not everything is replayed it is unknown whether the rest was private."""
    client, server = entered([])
    server.hangs_up()
    client.waits(1)
    client.reaches().tells(greeting([], gap=True, missed=3))

    told = "[CLIENT] 3 messages missed. To read them: /history <room|user>"
    assert told in shown(client).replace("You: ", "").splitlines()


def test_a_token_that_does_not_count_any_more() -> None:
    """If the password was changed elsewhere, the client asks for it on reconnecting, and goes on."""
    client, server = entered([RoomListing("CS350", 2, 7)])
    server.hangs_up()
    client.waits(1)
    refuses(client, "password_required", CLAIMED)
    hidden = not client.echo.is_on
    client.waits(1000)  # as long as it takes
    client.types(OTHER)
    client.waits(0.01)
    server = client.reaches()
    (register,) = server.hears
    server.tells(greeting([RoomListing("CS350", 2, 7)]))
    server.tells(Success("SERVER", "Alice", "pong", id=server.hears[-1]["id"]))

    assert hidden
    assert (OTHER, {"CS350": 7}) == (register["text"], register["since"]["rooms"])
    assert f"[CLIENT] {CLAIMED}" in client.screen
    assert "[CLIENT] Reconnected to 127.0.0.1:5555: back in CS350" in client.screen
    assert client.screen.endswith("You: ")
    assert (None, True) == (client.exit_code, client.echo.is_on)


def test_not_knowing_it_any_more() -> None:
    """Another name instead of the password shows what was not sent, and rejoins the same rooms."""
    client, server = entered([RoomListing("CS350", 2, 7)])
    client.types("/private Bob Hey")
    server.hangs_up()
    client.waits(1)
    refuses(client, "password_required", CLAIMED)
    client.types("")
    asks = shown(client).endswith("Enter your username: ")
    client.types("Alicia")
    server = meets(client)
    server.forgets()
    server.tells(Success("SERVER", "Alicia", "Welcome to ClassChat, Alicia!", server="ClassChat 0.1"))

    assert asks
    assert "[CLIENT] Not confirmed: /private Bob Hey" in client.screen
    assert ("join", "CS350") == (server.hears[-1]["status"], server.hears[-1]["receiver"])
    assert (None, True) == (client.exit_code, client.echo.is_on)


def test_a_name_that_is_taken_meanwhile() -> None:
    """A user who can't sign in again is asked for another name, and rejoins the same rooms."""
    client, server = entered([RoomListing("CS350", 2, 7)])
    client.types("/private Bob Hey")
    server.hangs_up()
    client.types("/private Bob You?")
    client.waits(1)
    client.clears_screen()
    refuses(client, "username_taken", "Username already taken. Please try another.")
    told = shown(client).replace("You: ", "")
    client.types("Alicia")
    server = meets(client)
    server.forgets()
    server.tells(Success("SERVER", "Alicia", "Welcome to ClassChat, Alicia!", server="ClassChat 0.1"))

    assert told == (
        "[ERROR] Username already taken. Please try another.\n"
        "[ERROR] The server did not answer 1 of your requests\n"
        "[CLIENT] Not confirmed: /private Bob Hey\n"
        "[CLIENT] Not sent: /private Bob You?\n"
        "Enter your username: "
    )
    assert ("join", "CS350") == (server.hears[-1]["status"], server.hears[-1]["receiver"])


@pytest.mark.parametrize("command", ["/claim", "/password"])
def test_a_server_that_closes_while_a_password_is_typed(command: str) -> None:
    """Nothing typed appears at the shell's prompt: the client waits for Enter."""
    client, server = entered(retry=0, guest=command == "/claim")
    client.types(command)
    server.hangs_up()
    waits = client.exit_code
    hidden = not client.echo.is_on
    client.types(SECRET)

    assert (None, True, 1) == (waits, hidden, client.exit_code)
    assert shown(client).endswith("[CLIENT] Disconnected from server\nPress Enter to leave: ")


def test_nobody_is_there_after_the_password() -> None:
    """After the password the client goes on calling, at the usual pace, and gives up in the end."""
    client, server = entered(retry=10)
    server.hangs_up()
    client.waits(1)
    refuses(client, "password_required", CLAIMED)
    client.types(SECRET)
    client.waits(0.01)
    calls = len(client.calls)
    for _ in range(3):
        factory = client.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(client.reactor.connectors[-1], error.ConnectionRefusedError())
        client.waits(0.3)
    slow = len(client.calls) - calls
    client.waits(11)

    assert slow < 3
    assert "Could not reconnect within 10 seconds" in client.screen


# Registering, and changing the password.


def test_claiming() -> None:
    """/claim asks twice, unseen, and sends the password; the answer is shown."""
    client, server = entered(guest=True)
    client.types("/claim", SECRET, SECRET)
    (claim,) = server.hears
    server.tells(Success("SERVER", "Alice", "The name is yours", id=claim["id"]))

    assert ("claim", SECRET) == (claim["status"], claim["text"])
    assert "Your new password: Your new password again: You: [SUCCESS] The name is yours\nYou: " == shown(
        client
    )


def test_another_password() -> None:
    """/password asks for the present password, and twice for the new one."""
    client, server = entered()
    client.types("/password", OTHER, SECRET, SECRET)
    (changed,) = server.hears

    assert ("password", SECRET, OTHER) == (changed["status"], changed["text"], changed["current"])
    assert SECRET not in client.screen
    assert OTHER not in client.screen


def test_thinking_better_of_it() -> None:
    """An empty answer ends the questions, and the conversation goes on; the end of the input leaves."""
    client, server = entered()
    client.types("/password", OTHER, "", "/rooms")
    asked = [one["status"] for one in server.hears]
    server.tells(Success("SERVER", "Alice", "none", id=server.hears[-1]["id"]))
    client.types("/claim")
    client.ends_input()

    assert ["rooms"] == asked
    assert (0, True) == (client.exit_code, client.echo.is_on)


def test_messages_while_being_asked() -> None:
    """Messages are shown above the question, which stays."""
    client, server = entered(guest=True)
    client.types("/claim")
    client.clears_screen()
    server.tells(Group("Bob", "CS350", "Hello", seq=1))

    assert f"{ERASE}[CS350 - Bob] Hello\nYour new password: " == client.screen


def test_a_claim_whose_connection_is_lost() -> None:
    """A password is not sent twice, and not shown in what is not confirmed."""
    client, server = entered(guest=True)
    client.types("/claim", SECRET, SECRET)
    server.hangs_up()
    client.waits(1)
    server = client.reaches()
    server.tells(greeting(guest=True))
    server.tells(Success("SERVER", "Alice", "pong", id=server.hears[-1]["id"]))

    assert ["register", "ping"] == [one["status"] for one in server.hears]
    assert "[CLIENT] Not confirmed: /claim\n" in client.screen
    assert SECRET not in client.screen


def test_claiming_while_the_server_is_away() -> None:
    """It is sent when the server is back, or shown as not sent, without the password."""
    client, server = entered(retry=2, guest=True)
    server.hangs_up()
    client.types("/claim", SECRET, SECRET)
    client.waits(5)

    assert "[CLIENT] Not sent: /claim\n" in client.screen
    assert SECRET not in client.screen


def test_what_is_refused_before_a_password_is_asked_for() -> None:
    """The client refuses before asking if the name is registered already, or is not."""
    for guest, command in ((True, "/password"), (False, "/claim")):
        client, server = entered(guest=guest)
        client.types(command, SECRET)

        assert [] == server.hears
        assert client.echo.is_on
        refusal = "is not registered" if guest else "is already registered"
        assert f"[ERROR] 'Alice' {refusal}" in client.screen


def test_a_name_that_is_claimed_takes_another_password() -> None:
    """Whether the name is registered is known from an answer to an earlier claim, too."""
    answers = (
        Success("SERVER", "Alice", "It is yours", id="1"),
        Error("SERVER", "Alice", "It is claimed", id="1", code="already_claimed"),
    )
    for answer in answers:
        client, server = entered(guest=True)
        client.types("/claim", SECRET, SECRET)
        server.tells(replace(answer, id=server.hears[-1]["id"]))
        client.clears_screen()
        client.types("/password")

        assert "Your password: " in client.screen


def test_a_server_where_no_names_can_be_claimed() -> None:
    """If the welcome says that names can't be registered, no password is asked for; nor at an old server."""
    client, server = locked(), None
    client.types(SECRET)
    server = meets(client)
    server.tells(greeting(guest=True, claims=False))
    client.types("/claim")
    old = Client()
    old.starts()
    old.reaches().welcomes_as_first_version()
    old.types("/claim", "/password")

    assert (
        "[ERROR] Names can't be registered on this server. Ask its operator to register yours."
        in client.screen
    )
    assert 2 == old.screen.count("[ERROR] This server is too old")


def test_script_claims() -> None:
    """A script registers with the password of its file, and can't change it."""
    client = Client(person=False, password=SECRET)
    client.starts()
    server = client.reaches()
    server.welcomes()
    client.types("/claim", "/password")

    assert [("claim", SECRET)] == [(one["status"], one["text"]) for one in server.hears]
    assert "[ERROR] A password can only be changed in a terminal" == client.lines[-1]


def test_script_can_not_claim() -> None:
    """Without a file there is no password."""
    client = Client(person=False)
    client.starts()
    server = client.reaches()
    server.welcomes()
    client.types("/claim")

    assert [] == server.hears
    assert "[ERROR] A password is needed: give --password-file FILE" == client.lines[-1]


def test_a_password_on_the_line() -> None:
    """Words after /claim are not repeated in an error."""
    client, server = entered()
    client.types(f"/claim {SECRET}")

    assert ([], "[ERROR] Usage: /claim\nYou: ") == (server.hears, shown(client).removeprefix("You: "))


# Other devices.


def test_what_one_says_with_another_device() -> None:
    """The user's own messages from another device are shown as others see them, private ones as sent."""
    client, server = entered()
    server.tells(
        Group("SERVER", "lab1", "Alice has joined the chat room"),
        Group("Alice", "lab1", "Hello", seq=1, time="t"),
        Private("Alice", "Bob", "Hey", seq=3, time="t"),
        Private("ALICE", "alice", "note", seq=1, time="t"),
    )
    text = shown(client).replace("You: ", "")
    server.hangs_up()
    client.waits(1)
    (register,) = client.reaches().hears

    assert [
        "[lab1] Alice has joined the chat room",
        "[lab1 - Alice] Hello",
        "[Private to Bob] Hey",
        "[Private from ALICE] note",
    ] == text.splitlines()
    assert ({"lab1": 1}, {"Bob": 3, "alice": 1}) == (register["since"]["rooms"], register["since"]["seqs"])


@pytest.mark.parametrize(
    "told",
    [
        Group("SERVER", "CS350", "Alice has left the chat room"),
        Group("SERVER", "CS350", "Good-bye", event="left", user="ALICE"),
    ],
)
def test_leaving_a_room_with_another_device(told: Group) -> None:
    """A user who leaves a room with another device does not join it again when the connection is lost."""
    client, server = entered([RoomListing("CS350", 2, 7)])
    server.tells(told)
    server.hangs_up()
    client.waits(1)
    server = client.reaches()
    server.tells(greeting([]))

    assert ["register", "ping"] == [one["status"] for one in server.hears]


@pytest.mark.parametrize("with_id", [True, False])
def test_who_is_away(with_id: bool) -> None:
    """The client shows that a message waits for a user who is away, with or without an `id`."""
    client, server = entered()
    client.types("/private Bob Hey")
    text = "Bob is away; your message will be delivered when they return"
    id = server.hears[-1]["id"] if with_id else None
    server.tells(Success("SERVER", "Alice", text, id=id, away=True))

    assert f"[SUCCESS] {text}\n" in shown(client)


def test_away_and_back() -> None:
    """/away and /back mark the user, with or without a text."""
    client, server = entered()
    client.types("/away at lunch", "/away", "/back")

    assert [("away", "at lunch"), ("away", ""), ("back", "")] == [
        (one["status"], one["text"]) for one in server.hears
    ]


# Students with a join code.

CODE = "K7Q2-M9XH-TRWA"


def test_a_join_code() -> None:
    """A student chooses a password twice, and then the name is registered with the code."""
    client = Client(code=CODE)
    client.starts()
    asked = shown(client)
    client.types(SECRET, SECRET)
    server = meets(client)
    (claim,) = server.hears
    server.tells(greeting())

    assert asked.endswith("press Enter for another name\nYour new password: ")
    assert ("claim", "Alice", SECRET, CODE) == tuple(
        claim[field] for field in ("status", "sender", "text", "code")
    )
    assert f"{WELCOME}\n" in shown(client)
    assert (None, True) == (client.exit_code, client.echo.is_on)


def test_a_wrong_join_code() -> None:
    """A wrong code ends the client: neither another name nor another password would help."""
    client = Client(code=CODE)
    client.starts()
    client.types(SECRET, SECRET)
    refuses(client, "wrong_code", "This join code is wrong.")

    assert "[ERROR] This join code is wrong." in client.screen
    assert 1 == client.exit_code


def test_a_join_code_and_another_name() -> None:
    """A name that is taken is asked for again, and registered with the same code."""
    client = Client(code=CODE)
    client.starts()
    client.types(SECRET, SECRET)
    refuses(client, "username_taken", "Username already taken. Please try another.")
    client.types("Alice2", SECRET, SECRET)
    server = meets(client)
    (claim,) = server.hears

    assert ("Alice2", CODE) == (claim["sender"], claim["code"])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"encrypted": False, "host": "192.0.2.1"}, "Passwords are not sent unencrypted"),
        ({"person": False}, "With --code, give the new password with --password-file FILE"),
    ],
)
def test_a_join_code_that_can_not_be_used(options: dict[str, Any], why: str) -> None:
    """Without encryption, and without a person or a file, no password goes to the server."""
    client = Client(code=CODE, **options)
    client.starts()

    assert why in client.screen
    assert 1 == client.exit_code


def test_a_join_code_of_a_script() -> None:
    """A script gives the new password in a file."""
    client = Client(code=CODE, password=SECRET, person=False)
    client.starts()
    (claim,) = client.reaches().hears

    assert ("claim", SECRET, CODE) == (claim["status"], claim["text"], claim["code"])
