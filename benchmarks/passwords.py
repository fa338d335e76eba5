"""`python -m benchmarks.passwords`: whether times reveal names, and whether hashing delays other users.

It sends wrong passwords, alternately for a registered name and for one that is not, and times the answers.
Then some clients send passwords all the time while another one sends `ping` after `ping`: the longest answer
shows how long the server was busy, or waited for its core.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import statistics
import sys
import time
from collections.abc import Sequence

from benchmarks import machine
from benchmarks.servers import CLASSCHAT, DURABLE, running

_PATIENCE = 60.0  # seconds that an answer may take
_PAUSE = 0.001  # seconds between two pings
_MOST_APART = 0.10  # of the medians
_LONGEST_STALL = 0.050  # seconds


class Caller:
    """One connection, which asks one thing after the other."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def sends(self, status: str, **fields: str) -> None:
        """Send a request."""
        self.socket.sendall(json.dumps({"status": status, **fields}).encode() + b"\n")

    def hears(self) -> dict[str, str]:
        """Return the next answer."""
        heard = b""
        while not heard.endswith(b"\n"):
            piece = self.socket.recv(65_536)
            if not piece:
                sys.exit(f"benchmarks.passwords: the server has hung up, having said {heard!r}")
            heard += piece
        answer: dict[str, str] = json.loads(heard.splitlines()[-1])
        return answer

    def asks(self, status: str, **fields: str) -> tuple[float, str]:
        """Send a request; return the seconds until it was answered, and the code if it was refused."""
        begun = time.perf_counter()
        self.sends(status, **fields)
        answer = self.hears()
        return time.perf_counter() - begun, answer.get("code", "")


def times(port: int, rounds: int) -> tuple[list[float], list[float]]:
    """Return how long a wrong password took, and an unknown name, in turns."""
    Caller(port).asks("claim", sender="Owner", text="the right password")
    wrong: list[float] = []
    unknown: list[float] = []
    for number in range(rounds):
        caller = Caller(port)  # each has 30 seconds to sign in
        for name, taken in (("Owner", wrong), (f"nobody{number}", unknown))[:: 1 - 2 * (number % 2)]:
            seconds, code = caller.asks("register", sender=name, text="a wrong password")
            if code != "wrong_password":
                sys.exit(f"benchmarks.passwords: '{name}' was answered with {code or 'success'}")
            taken.append(seconds)
        caller.socket.close()
    return wrong, unknown


def stalls(port: int, guessers: int, seconds: float) -> tuple[list[float], int, int]:
    """Return how long each `ping` took while so many guessed, how many guesses and `busy` there were."""
    callers = [Caller(port) for _ in range(guessers)]
    pinging = Caller(port)
    pinging.asks("register", sender=f"Pinging{guessers}")
    selector = selectors.DefaultSelector()
    for caller in callers:
        caller.sends("register", sender="Owner", text="a wrong password")
        selector.register(caller.socket, selectors.EVENT_READ, caller)
    taken: list[float] = []
    guessed = busy = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        taken.append(pinging.asks("ping")[0])
        for key, _ in selector.select(_PAUSE):
            caller = key.data
            if caller.hears().get("code") == "busy":
                busy += 1
            guessed += 1
            caller.sends("register", sender="Owner", text="a wrong password")
    for caller in callers:
        caller.socket.close()
    return taken, guessed, busy


def main(arguments: Sequence[str]) -> int:
    """Measure; return 3 if the medians are too far apart, or the server has stalled for too long."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.passwords", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="of wrong passwords, in turns (100)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of guessing at once (10)")
    parser.add_argument("--guessers", type=int, nargs="+", default=[0, 2, 20], help="at once (0 2 20)")
    parser.add_argument("--memory", action="store_true", help="keep the journal in memory")
    options = parser.parse_args(arguments)
    print(machine.described(), flush=True)
    failed = False
    with running(CLASSCHAT if options.memory else DURABLE) as server:
        wrong, unknown = times(server.port, options.rounds)
        medians = statistics.median(wrong), statistics.median(unknown)
        print(
            f"wrong password: {medians[0] * 1e3:.1f} ms; unknown name: {medians[1] * 1e3:.1f} ms;"
            f" ratio {medians[0] / medians[1]:.3f}",
            flush=True,
        )
        failed = abs(medians[0] / medians[1] - 1) > _MOST_APART
        for guessers in options.guessers:
            taken, guessed, busy = stalls(server.port, guessers, options.seconds)
            taken.sort()
            p99 = taken[int(len(taken) * 0.99)]
            print(
                f"{guessers} guess at once: {guessed / options.seconds:.1f} passwords a second, {busy}"
                f" 'busy'; ping p50 {statistics.median(taken) * 1e3:.2f} ms, p99 {p99 * 1e3:.1f} ms,"
                f" longest {taken[-1] * 1e3:.1f} ms;"
                f" the server's memory {machine.memory(server.pid) // 1024} MiB",
                flush=True,
            )
            failed |= taken[-1] > _LONGEST_STALL
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
