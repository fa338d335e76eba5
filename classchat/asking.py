"""Asks a running server something at its own socket: for `classchat status` and some of `classchat admin`."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from classchat.commandline import CommandLine
from classchat.configuration import CONFIG, Configuration, given
from classchat.control_messages import (
    ANSWERING_SECONDS,
    ASKING_SECONDS,
    LONGEST_ANSWER,
    ControlAnswer,
    ControlRequest,
    decode_answer,
    encode_line,
)
from classchat.control_place import BadPlace, NothingThere, connect
from classchat.option_table import JOURNAL_OPTION, Option, some_file
from classchat.options import ALL_OPTIONS, CONTROL_OPTION, SERVER_OPTIONS, control_place
from classchat.texts import one_line

WHERE = (
    JOURNAL_OPTION,
    CONTROL_OPTION,
    Option(CONFIG, "The server's configuration file, which says where both are", "FILE", some_file),
)
"""The options that say which server is meant."""

_PATIENCE = ANSWERING_SECONDS + ASKING_SECONDS


class AskingOptions(CommandLine):
    """The options of a command that asks a running server."""

    options: ClassVar[Sequence[Option]] = WHERE
    names_server = False
    """Whether the command line says at which directory the server is asked."""

    def take(self, values: dict[str, Any], words: Any) -> None:
        """Store the given values; what is not given may be in the environment, or in the server's file.

        Raises:
            Misuse: the command line is wrong, or the file can't be read.
        """
        named = given(self.options, values)
        super().take(values, words)
        self.names_server = "control" in named
        if {"journal", "control"} & named.keys():
            return
        wanted = [option for option in SERVER_OPTIONS if option.name in ("journal", "control")]
        found = Configuration(ALL_OPTIONS, named, os.environ).values()
        self.update({option.name: found[option.name] for option in wanted})


def asked(line: CommandLine, request: ControlRequest) -> ControlAnswer:
    """Return a server's answer.

    Raises:
        SystemExit: no server runs, it does not answer, or it refuses; the sentence says so.
    """
    place = control_place(line["journal"], line["control"])
    if place is None:
        raise SystemExit(
            "classchat: A server without a journal is asked with --control: give it to the server as well."
        )
    try:
        with connect(Path(place), ASKING_SECONDS) as connection:
            answer = decode_answer(_exchanged(connection, encode_line(request)))
    except NothingThere as error:
        which = f"with the journal '{one_line(line['journal'])}'"
        raise SystemExit(f"classchat: No server runs {which}: {one_line(str(error))}.") from None
    except BadPlace as error:
        raise SystemExit(f"classchat: {one_line(str(error))}.") from None
    except TimeoutError:
        raise SystemExit("classchat: The server does not answer: see its log.") from None
    except (OSError, ValueError):
        raise SystemExit("classchat: The server has not answered, or not as this version does.") from None
    if answer.status != "success":
        raise SystemExit(f"classchat: {one_line(answer.text)}")
    return answer


def _exchanged(connection: socket.socket, line: bytes) -> bytes:
    """Send a line; return the one that comes back.

    Raises:
        OSError: the connection ends, or that takes too long.
        ValueError: the answer is too long.
    """
    connection.sendall(line)
    answer, until = bytearray(), time.monotonic() + _PATIENCE
    while not answer.endswith(b"\n"):
        connection.settimeout(max(until - time.monotonic(), 0.001))
        data = connection.recv(65_536)
        if not data:
            break
        answer += data
        if len(answer) > LONGEST_ANSWER:
            raise ValueError("the answer is too long")
    return bytes(answer)
