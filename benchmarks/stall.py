"""`python -m benchmarks.stall`: the cost of guests who talk but never read, for a server that was stopped.

While the server is stopped (SIGSTOP) for some seconds, the guests send as much as their sockets take, and
they never read. The server may keep at most `--max-behind` bytes for each of them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.servers import SERVERS, Running, Server, running

_TEXT = "x" * 9_000
_PROMISED = 1_048_576  # bytes: `--max-behind` as it comes


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stall", description=__doc__)
    names = [server.name for server in SERVERS if server.lines]
    parser.add_argument("--server", choices=names, default="durable")
    parser.add_argument("--guests", type=int, default=64, help="in all (default: 64)")
    parser.add_argument("--messages", type=int, default=40, help="that each says (default: 40)")
    parser.add_argument("--stall", type=float, default=3.0, help="seconds (default: 3)")
    parser.add_argument("--seconds", type=float, default=8.0, help="looked at afterwards (default: 8)")
    return parser.parse_args(arguments)


def _joined(one: Running, number: int, stack: ExitStack) -> socket.socket:
    """Return a guest who has joined the room."""
    guest = stack.enter_context(socket.create_connection(("127.0.0.1", one.port)))
    request = "create" if number == 0 else "join"
    guest.sendall(
        f'{{"status":"register","sender":"G{number}"}}\n'
        f'{{"status":"{request}","sender":"G{number}","receiver":"R","text":"","id":"in"}}\n'.encode()
    )
    heard = b""
    while b'"id":"in"' not in heard:
        heard += guest.recv(65_536)
    return guest


def _says(guest: socket.socket, messages: int) -> None:
    """Send all messages, or as many as the server accepts."""
    guest.settimeout(20)
    line = json.dumps({"status": "group", "receiver": "R", "text": _TEXT, "id": "m"}).encode() + b"\n"
    try:
        for number in range(messages):
            guest.sendall(line.replace(b'"m"', b'"%d"' % number))
    except OSError:  # it hangs up, as it has to
        return


def _memory(pid: int) -> int:
    """Return the bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measured(server: Server, options: argparse.Namespace) -> tuple[int, int]:
    """Return the server's memory before, and at the most after it stood still."""
    with running(server) as one, ExitStack() as stack:
        guests = [_joined(one, number, stack) for number in range(options.guests)]
        before = most = _memory(one.pid)
        os.kill(one.pid, signal.SIGSTOP)
        speaking = [threading.Thread(target=_says, args=(guest, options.messages)) for guest in guests]
        for thread in speaking:
            thread.start()
        time.sleep(options.stall)
        os.kill(one.pid, signal.SIGCONT)
        until = time.monotonic() + options.seconds
        while time.monotonic() < until:
            most = max(most, _memory(one.pid))
            time.sleep(0.005)
        for guest in guests:
            with suppress(OSError):  # the server has hung up
                guest.shutdown(socket.SHUT_RDWR)
        for thread in speaking:
            thread.join()
    return before, most


def main(arguments: Sequence[str]) -> int:
    """Measure; return 3 if it is more than was promised."""
    options = parsed(arguments)
    server = next(server for server in SERVERS if server.name == options.server)
    before, most = measured(server, options)
    each = (most - before) / options.guests
    print(
        f"{options.guests} guests who say {options.messages} times {len(_TEXT)} characters and read nothing,"
        f" {options.stall:g} s of standing still: {before / 2**20:.1f} MiB before,"
        f" {most / 2**20:.1f} at the most, {each / 2**20:.2f} MiB each"
    )
    return 3 if each > 1.25 * _PROMISED else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
