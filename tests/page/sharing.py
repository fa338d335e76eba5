"""Files for the tests of the page: pictures, users who choose files, and other users who share them."""

from __future__ import annotations

import json
import re
import struct
import zlib
from hashlib import sha256
from http.client import HTTPConnection
from typing import Any

from playwright.sync_api import FilePayload, Locator

from tests.e2e.helpers import PATIENCE, RawClient, Server
from tests.page.pupils import Seat


def picture(width: int, height: int, color: tuple[int, int, int] = (31, 95, 191)) -> bytes:
    """Return a PNG of one color."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(color) * width) * height
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def shares(client: RawClient, server: Server, room: str, name: str, data: bytes) -> dict[str, Any]:
    """Share a file in a room, in which the client is; return the message."""
    digest = sha256(data).hexdigest()
    asked = {"status": "file", "receiver": room, "name": name, "size": len(data), "sha256": digest, "id": "1"}
    client.socket.sendall(json.dumps(asked).encode() + b"\n")
    link = _until(client, "upload")["upload"]
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    }
    connection.request("PATCH", f"/{link}", data, headers)
    answer = connection.getresponse()
    assert answer.status == 204, answer.read()
    connection.close()
    return _until(client, "file")


def _until(client: RawClient, field: str) -> dict[str, Any]:
    """Return the next line that has a field."""
    while field not in (line := client.hears()):
        assert line["status"] != "error", line
    return line


def payload(name: str, data: bytes) -> FilePayload:
    """Return a file for the chooser."""
    return {"name": name, "mimeType": "", "buffer": data}


def chooses(seat: Seat, *files: FilePayload) -> Locator:
    """Choose files with the button; return the list of what will be shared."""
    with seat.page.expect_file_chooser() as chooser:
        seat.button("Share files").click()
    chooser.value.set_files(list(files))
    return seat.page.get_by_role("region", name=re.compile("^Files to share"))
