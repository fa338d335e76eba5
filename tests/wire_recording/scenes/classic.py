"""Clients of the first version, and lines that are no message."""

from __future__ import annotations

from tests.wire_recording.scenes import scene
from tests.wire_recording.server import Server


@scene(file=True)
def conversation(server: Server) -> None:
    """Two classic clients do all that the first version knows."""
    alice = server.connect("alice")
    alice.send(b"Alice\n")
    bob = server.connect("bob")
    bob.send(b"Bob\r\n")
    server.wait(1)
    alice.asks("create", "CS350", "", sender="Alice")
    bob.asks("join", "CS350", "", sender="Bob")
    alice.asks("group", "CS350", "Hello, everyone", sender="Alice")
    bob.asks("private", "Alice", "Hello, Alice", sender="Bob")
    bob.asks("private", "Nobody", "Hello?", sender="Bob")
    bob.asks("group", "CS999", "Hello?", sender="Bob")
    bob.asks("join", "CS999", "", sender="Bob")
    bob.asks("join", "CS350", "", sender="Bob")
    bob.asks("create", "CS350", "", sender="Bob")
    bob.asks("shout", "CS350", "", sender="Bob")
    bob.asks("group", "CS350", "who says this?", sender="Alice")
    bob.asks("quit", "", "", sender="Bob")
    alice.send(b'{"status":"quit","sender":"Alice","receiver":"","text":""}')
    alice.close_half()


@scene()
def welcome_alone(server: Server) -> None:
    """Nothing follows the welcome of a bare name for a second, or until the next line."""
    alice = server.connect("alice")
    alice.registers("Alice")
    bob, carol = server.connect("bob"), server.connect("carol")
    bob.send(b"Bob\n")
    carol.send(b"Carol\n")
    alice.asks("private", "Bob", "one")
    alice.asks("private", "Carol", "one")
    bob.asks("ping")
    server.wait(0.5)
    alice.asks("private", "Bob", "two")
    alice.asks("private", "Carol", "two")
    server.wait(0.5)
    dave = server.connect("dave")
    dave.send(b"Dave\n")
    alice.asks("private", "Dave", "one")
    dave.send(b"x" * 70_000 + b"\n")
    erin = server.connect("erin")
    erin.send(
        b'Erin\n{"status":"create","receiver":"R"}\n{"status":"group","receiver":"R","text":"at once"}\n'
    )
    frank = server.connect("frank")
    frank.send(b"Frank\n")
    alice.asks("private", "Frank", "one")
    frank.close_half()


@scene("--names", "open")
def refused_names(server: Server) -> None:
    """A bare name that is refused closes the connection."""
    first = server.connect("first")
    first.send("Zoë\n".encode())
    lines = [
        "Zoë", "zoë", "Zoe\u0308", "\uff3aoë", "SERVER", "server", "Client", "ERROR", "Success", "", " ",
        "two words",
        "x" * 32, "x" * 33, "x" * 5000, "Ser\u03bder", "a\u200db", "\ufb01ne", "\u202eecilA", "\x1b[2J",
        "Zo\u0451", "~1", "#room", "-", ".", "a\0b", '"quoted"', "김철수", "محمد", "aم",
    ]  # fmt: skip
    for number, line in enumerate(lines):
        server.connect(f"bare{number}").send(line.encode() + b"\n")
    for number, line in enumerate([b"\xff\xfe", b"Al\xc3", b"\r", b"[]", b"\xef\xbb\xbf{}"]):
        server.connect(f"bytes{number}").send(line + b"\n")
    server.wait(5)


@scene()
def pieces(server: Server) -> None:
    """Lines arrive in any pieces, with either end of line."""
    alice = server.connect("alice")
    for piece in (b"Al", b"ice", b"\r", b"\n"):
        alice.send(piece)
    line = b'{"status":"ping","id":"p"}\n'
    for end in range(len(line)):
        alice.send(line[end : end + 1])
    alice.send(line * 3 + line[:9])
    alice.send(line[9:] + line[:-1])
    alice.send(b"\r\n\n\r\n")
    text = '{"status":"private","receiver":"Alice","text":"Zoë 😀 \\ud83d\\ude00"}\n'.encode()
    alice.send(text[:45])
    alice.send(text[45:47])
    alice.send(text[47:])
    alice.send(b"\n" * 3)
    alice.send(b'{"status":"ping","id":"last"}')
    alice.close_half()


@scene()
def half_closed(server: Server) -> None:
    """A client that has closed its half gets the answers to its earlier requests."""
    unnamed = server.connect("unnamed")
    unnamed.send(b"Nobody")
    unnamed.close_half()
    server.wait(3)
    alice = server.connect("alice")
    alice.send(
        b'Alice\n{"status":"create","receiver":"R","id":"1"}\n{"status":"group","receiver":"R","text":"x"}'
    )
    alice.close_half()
    server.wait(3)


@scene()
def no_messages(server: Server) -> None:
    """Lines that are not messages are refused, with the id if that can be read."""
    alice = server.connect("alice")
    alice.registers("Alice")
    lines: list[bytes] = [
        b"", b" ", b"\t\r", b"Hello", b"{", b"}", b"{}", b"[]", b"null", b"1", b'"status"', b"{}{}",
        b'{"status":"ping"', b'{"status":"ping",}', b'{"status":"ping"} x', b'{"status":ping}',
        b'{"status":"ping","id":"broken"', b'{"id":"broken","status":"ping",', b'{"x":{"id":"inner"},',
        b'{"text":"\\"id\\":\\"said\\"","status":', b'{"id" : "spaced" , "status":"ping"',
        b'{"status":"shout","id":"1"}', b'{"status":"","id":"1"}', b'{"status":"PING","id":"1"}',
        b'{"status":"%s","id":"1"}' % (b"x" * 300), b'{"status":"\x1b[2J"}',
        b'{"status":"\\u001b[2J\\u202e"}',
        b'{"id":"1"}', b'{"status":null,"id":"1"}', b'{"status":1}', b'{"status":["ping"]}', b'{"status":{}}',
        b'{"status":"ping","status":"quit","id":"1"}', b'{"status":"shout","status":"ping","id":"1"}',
        b'{"status":"ping","id":""}', b'{"status":"ping","id":"%s"}' % (b"i" * 64),
        b'{"status":"ping","id":"%s"}' % (b"i" * 65), b'{"status":"ping","id":1}',
        b'{"status":"ping","id":null}',
        b'{"status":"ping","sender":1,"id":"1"}', b'{"status":"ping","receiver":[],"id":"1"}',
        b'{"status":"ping","text":null,"id":"1"}', b'{"status":"ping","answers":"yes","id":"1"}',
        b'{"status":"ping","unknown":{"deep":[1,2,{}]},"id":"1"}',
        b'{"status":"ping","unknown":"\xff","id":"1"}',
        b'{"status":"group","receiver":"R","text":"\xff\xfe","id":"1"}', b"\xff\xfe", b"{\xff}",
        b'{"status":"group","receiver":"R","text":"\\ud800","id":"1"}',
        b'{"status":"group","receiver":"R","text":"\\udc00x","id":"1"}',
        b'{"status":"group","receiver":"R","text":"\\ud800\\u0041","id":"1"}',
        b'{"status":"group","receiver":"R","text":"\\ud8","id":"1"}',
        b'{"status":"group","receiver":"R","text":"\xed\xa0\x80","id":"1"}',
        b'{"status":"group","receiver":"R","text":"a\nb","id":"1"}',
        b'{"status":"ping","x":' + b"[" * 3000,
        b'{"status":"ping","id":"1","x":' + b"[" * 3000 + b"]" * 3000 + b"}",
        b'{"status":"history","receiver":"Alice","limit":0,"id":"1"}',
        b'{"status":"history","receiver":"Alice","limit":1001,"id":"1"}',
        b'{"status":"history","receiver":"Alice","limit":"9","id":"1"}',
        b'{"status":"history","receiver":"Alice","limit":1.5,"id":"1"}',
        b'{"status":"history","receiver":"Alice","before":-1,"id":"1"}',
        b'{"status":"history","receiver":"Alice","after":9223372036854775808,"id":"1"}',
        b'{"status":"history","receiver":"Alice","since":"yesterday","id":"1"}',
        b'{"status":"history","receiver":"Alice","since":"2026-11-23T10:00:00","id":"1"}',
        b'{"status":"search","text":"x","limit":101,"id":"1"}',
        b'{"status":"search","text":"x","user":1,"id":"1"}',
        b'{"status":"ban","receiver":"R","user":"Bob","seconds":0,"id":"1"}',
        b'{"status":"ban","receiver":"R","user":"Bob","seconds":31622401,"id":"1"}',
        b'{"status":"mute","receiver":"R","user":"Bob","seconds":"60","id":"1"}',
        b'{"status":"join","receiver":"R","since":1,"id":"1"}',
        b'{"status":"join","receiver":"R","since":{},"id":"1"}',
        b'{"status":"join","receiver":"R","since":{"epoch":"x","seq":-1},"id":"1"}',
        b'{"status":"join","receiver":"R","since":{"epoch":"x","seq":1,"seqs":[]},"id":"1"}',
        b'{"status":"register","sender":"Alice","token":1,"id":"1"}', b'\xef\xbb\xbf{"status":"ping"}',
        b'{"status":"ping","n":1e999,"id":"1"}', b'{"status":"ping","n":NaN,"id":"1"}', b"\0" * 100,
    ]  # fmt: skip
    for line in lines:
        alice.send(line + b"\n")
    bob = server.connect("bob")
    bob.send(b"{\n")
    bob.send(b'{"status":"shout","id":"1"}\n{"status":"ping","id":"2"}\nBob\n')
    bob.registers("Bob")
    bob.send(b"Bob\n")


@scene()
def too_long_lines(server: Server) -> None:
    """A line that is too long is refused as soon as it is, and its rest thrown away."""
    alice = server.connect("alice")
    alice.send(b"A" * 65_535)
    alice.send(b"A")
    alice.registers("Alice")
    alice.send(b'{"status":"ping","x":"' + b"y" * 65_511 + b'"}\n')
    alice.send(b'{"status":"ping","x":"' + b"y" * 65_512 + b'"}\n')
    alice.send(b"z" * 65_536)
    alice.send(b"z" * 200_000)
    alice.send(b'{"status":"ping"}\n{"status":"ping","id":"next"}\n')
    alice.send(b"w" * 65_000)
    alice.send(b"w" * 65_000 + b'\n{"status":"ping","id":"last"}\n')
    alice.send(b"x" * 66_000)
    alice.close_half()


@scene()
def before_signing_in(server: Server) -> None:
    """Everything but signing in and quitting has to wait for that."""
    alice = server.connect("alice")
    statuses = (
        "password away back create join leave group private history search rooms users topic kick ban unban "
        "mute unmute op deop invite room close broadcast ping pong"
    )
    for number, status in enumerate(statuses.split()):
        alice.asks(status, "R", "text", id=f"{number}")
    alice.asks("join", "R")
    alice.registers("two words", id="a")
    alice.registers("SERVER", id="b")
    alice.registers("x" * 33)
    alice.registers("")
    alice.asks("register", id="c")
    alice.registers("  Alice")
    alice.registers("\uff21lice", id="d")
    alice.registers("Bob", id="e")
    alice.registers("Alice")
    bob = server.connect("bob")
    bob.registers("ALICE", id="a")
    bob.registers("\u0410lice", id="b")
    bob.registers("al\u0131ce", id="c")
    bob.asks("quit", id="d")
    carol = server.connect("carol")
    carol.asks("quit")
    dave = server.connect("dave")
    dave.registers("Dave", answers=True, id="1")
    dave.asks("claim", text="correct horse", id="2")
    erin = server.connect("erin")
    erin.drop()
