"""`python -m benchmarks.classroom`: whether a class of 600 who all act at once holds others up.

Some users talk in the room all the time, and wait for the answer to each of their messages. Meanwhile all
students raise their hands, support a question, and vote, each 600 times within two seconds, with an `id`
each, as clients do. All of them follow the counts. The times of the talkers are compared with those when
nobody acts.

With `--rounds` they do all of that several times, each time with further `id`s and another topic. The last
column is the server's memory (PSS). It grows for eight rounds, until the last 5,000 answers are kept, and
then no more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.encryption import cpu_seconds
from benchmarks.machine import memory
from benchmarks.servers import SERVERS, running

_Request = dict[str, Any]
_ROOM = "CS350"


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument("--server", choices=("classchat", "durable"), default="durable")
    parser.add_argument("--students", type=int, default=600)
    parser.add_argument("--talkers", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="over which all act (default: 2)")
    parser.add_argument("--rounds", type=int, default=1, help="how often they do all of that (default: 1)")
    return parser.parse_args(arguments)


class Client:
    """One connection, which reads all that it is sent."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: dict[str, asyncio.Future[_Request]] = {}
        self.refused = 0
        self._number = 0

    async def connect(self, port: int) -> None:
        """Connect and sign in."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        self._reading = asyncio.create_task(self._read())
        await self.ask({"status": "register", "sender": self.name})

    async def ask(self, request: _Request) -> _Request:
        """Return the answer to a request."""
        self._number += 1
        id = f"{self.name}-{self._number}"
        answer = self.answers[id] = asyncio.get_running_loop().create_future()
        self.writer.write(json.dumps({**request, "id": id}).encode() + b"\n")
        result: _Request = await asyncio.wait_for(answer, 60)
        self.refused += result["status"] == "error"
        return result

    async def _read(self) -> None:
        while line := await self.reader.readline():
            if b'"id":"' in line:
                event: _Request = json.loads(line)
                waiting = self.answers.pop(event.get("id", ""), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(event)


def _students(port: int, count: int, seconds: float, orders: Connection) -> None:
    """Run all students, in a process of their own: each order is a request that all make."""
    asyncio.run(_act(port, count, seconds, orders))


async def _act(port: int, count: int, seconds: float, orders: Connection) -> None:
    students = [Client(f"S{number}") for number in range(count)]
    for student in students:
        await student.connect(port)
        await student.ask({"status": "join", "receiver": _ROOM})
        await student.ask({"status": "class", "receiver": _ROOM, "follow": True})
    loop = asyncio.get_running_loop()
    orders.send("ready")
    while (request := await loop.run_in_executor(None, orders.recv)) is not None:
        begin = loop.time()

        async def one(at: int, student: Client, request: _Request = request, begin: float = begin) -> float:
            await asyncio.sleep(max(0.0, begin + at * seconds / count - loop.time()))
            sent = loop.time()
            await student.ask(request)
            return loop.time() - sent

        times = await asyncio.gather(*(one(at, student) for at, student in enumerate(students)))
        orders.send((sorted(times), sum(student.refused for student in students)))


def _over(end: float, acting: asyncio.Future[Any] | None) -> bool:
    return asyncio.get_running_loop().time() > end and (acting is None or acting.done())


async def _talk(talkers: Sequence[Client], until: Callable[[], bool]) -> list[float]:
    """Return how long each message of the talkers took."""
    times: list[float] = []

    async def one(talker: Client) -> None:
        while not until():
            sent = time.monotonic()
            await talker.ask({"status": "group", "receiver": _ROOM, "text": "and so we see that"})
            times.append(time.monotonic() - sent)
            await asyncio.sleep(0.1)

    await asyncio.gather(*map(one, talkers))
    return sorted(times)


def _at(times: Sequence[float], part: float) -> float:
    """Return a percentile in milliseconds."""
    return times[min(int(len(times) * part), len(times) - 1)] * 1000


async def _begin_class(port: int, talkers: int) -> tuple[Client, list[Client]]:
    """Open the room with its session; return the teacher and the talkers, who assist there."""
    teacher = Client("Teacher")
    await teacher.connect(port)
    await teacher.ask({"status": "create", "receiver": _ROOM})
    assistants = [Client(f"T{number}") for number in range(talkers)]
    for assistant in assistants:
        await assistant.connect(port)
        await assistant.ask({"status": "join", "receiver": _ROOM})
        await teacher.ask({"status": "assist", "receiver": _ROOM, "user": assistant.name})
    await teacher.ask({"status": "session", "receiver": _ROOM, "text": "begin"})
    await teacher.ask({"status": "class", "receiver": _ROOM, "follow": True})
    return teacher, assistants


async def _measure(port: int, pid: int, options: argparse.Namespace) -> None:
    before = _pss(pid)
    teacher, talkers = await _begin_class(port, options.talkers)
    question = await teacher.ask({"status": "ask", "receiver": _ROOM, "text": "Why?"})
    ours, theirs = multiprocessing.Pipe()
    arguments = (port, options.students, options.seconds, theirs)
    process = multiprocessing.get_context("spawn").Process(target=_students, args=arguments, daemon=True)
    process.start()
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, ours.recv)
    poll = await teacher.ask(
        {"status": "poll", "receiver": _ROOM, "text": "Which?", "options": ["A", "B"], "seconds": 3600}
    )
    print(f"{options.students} students, {options.talkers} talkers, server {options.server}")
    print(
        "what they do       talkers' p50    p99  ms   ratio"
        "  students' p50    p99  ms   refused  CPU s      MiB"
    )
    print(f"{'before the class':92} {before:8.1f}")
    quiet_p99 = 0.0
    acts = _acts(question.get("number", 1), poll.get("number", 1), options.rounds)
    for what, request in [("nothing", None), *acts, ("nothing", None)]:
        end = loop.time() + options.seconds + 1.0
        cpu = cpu_seconds(pid)
        acting = None
        if request is not None:
            ours.send(request)
            acting = loop.run_in_executor(None, ours.recv)
        times = await _talk(talkers, partial(_over, end, acting))
        own, refused = await acting if acting is not None else ([0.0], 0)
        p99 = _at(times, 0.99)
        quiet_p99 = quiet_p99 or p99
        spent = cpu_seconds(pid) - cpu
        print(
            f"{what:17} {_at(times, 0.5):13.1f} {p99:10.1f} {p99 / quiet_p99:7.2f}"
            f" {_at(own, 0.5):13.1f} {_at(own, 0.99):10.1f} {refused:9} {spent:6.2f} {_pss(pid):8.1f}"
        )
    await teacher.ask({"status": "session", "receiver": _ROOM, "text": "end"})
    print(f"{'after the session':92} {_pss(pid):8.1f}")
    ours.send(None)
    process.join(10)


def _acts(question: int, poll: int, rounds: int) -> list[tuple[str, _Request]]:
    """Return what all students do, one thing after the other."""
    acts: list[tuple[str, _Request]] = []
    for number in range(1, rounds + 1):
        which = f" {number}" if rounds > 1 else ""
        acts += [
            (f"raise a hand{which}", {"status": "hand", "receiver": _ROOM, "text": f"pointers {number}"}),
            (
                f"support{which}",
                {"status": "support", "receiver": _ROOM, "number": question, "value": number % 2 == 1},
            ),
            (f"vote{which}", {"status": "vote", "receiver": _ROOM, "number": poll, "choices": [number % 2]}),
        ]
    return acts


def _pss(pid: int) -> float:
    """Return the memory of the server in MiB."""
    return memory(pid, "Pss") / 1024


def main(arguments: Sequence[str]) -> int:
    """Measure, and print a table."""
    options = parsed(arguments)
    server = next(one for one in SERVERS if one.name == options.server)
    with running(server, files=4096) as one:
        asyncio.run(_measure(one.port, one.pid, options))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
