"""Rounds of talking, killing and reconnecting, and the check at the end."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.e2e.forks import Forks
from tests.postgres import Cluster
from tests.torture import checker
from tests.torture.class_checker import check_class, read_class
from tests.torture.clients import Client, Sender
from tests.torture.logs import Answered, Heard, Kept, Log, Sent
from tests.torture.pupils import CLASS, HELPERS, STUDENTS, Done, Helper, InClass, Student, Teacher
from tests.torture.rivals import Rival, bearers, runs
from tests.torture.server import Server, free_port
from tests.torture.world import World

SENDERS = 20
READERS = 10
ROOMS = ["Lab", "CS350", "Übung"]
PATIENCE = 60.0
"""Seconds for everything that must happen eventually."""

_CLASS = ((Teacher, 1), (Helper, HELPERS), (Student, STUDENTS))

_PER_ROUND = 300
"""Messages in one round: few enough that a client that misses some rounds is still sent all of them.

Each of several nodes delivers all of them, so a round with more nodes has fewer.
"""

_LEAST = 3
"""Requests of each kind that the class has to have granted, which goes on for so long after the last kill."""

_LEASE = 7.0
"""Seconds after which the other nodes have removed one that is stopped."""

_LONGEST_ROUND = 3.0
"""Seconds until a server is killed in any case."""


@dataclass
class Report:
    """The figures of a run, and its violations."""

    seed: int
    rounds: int = 0
    said: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    heard: int = 0
    replayed: int = 0
    connections: int = 0
    turns: int = 0
    votes: int = 0
    bearers: int = 0
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.rounds} rounds, {self.said} messages said, {self.kept} kept, "
            f"refused {dict(self.refused)}; heard {self.heard} times, {self.replayed} of them "
            f"replayed; {self.connections} connections; "
            f"{self.turns} turns, {self.votes} votes; {self.bearers} times the name had a new bearer\n"
            + ("\n".join(self.broken) if self.broken else "every rule holds")
        )


class Torture:
    """A run with thirty clients, a class unless it is left out, and one node or several."""

    def __init__(
        self,
        directory: Path,
        seed: int,
        cluster: Cluster | None = None,
        forks: Forks | None = None,
        *,
        nodes: int = 1,
        rivals: int = 0,
        has_class: bool = True,
    ) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311  nothing here is a secret
        self._per_round = _PER_ROUND // nodes
        self.nodes = [Server(directory / f"node{at}", free_port(), cluster, forks) for at in range(1, nodes)]
        self.server = Server(directory, free_port(), cluster, forks)
        self.nodes.insert(0, self.server)
        self.world = World([node.port for node in self.nodes])
        self.rounds = 0
        self.harm = Log("harm")
        """When what was done to the servers and their database."""
        self.clients: list[Client] = []
        for number in range(SENDERS):
            rooms = self.random.sample(ROOMS, 2)
            self._add(Sender, f"sender{number}", rooms)
        for number in range(READERS):
            self._add(Client, f"reader{number}", ROOMS)
        for kind, number in _CLASS if has_class else ():
            for at in range(number):
                self._add(kind, f"{kind.__name__.lower()}{at}", [CLASS])
        self.rivals = [
            Rival(f"rival{number}", [], self.world, Random(f"{seed} {number}"), 5.0)  # noqa: S311
            for number in range(rivals)
        ]
        self._living: list[asyncio.Task[None]] = []

    def _add(self, kind: Callable[..., Client], name: str, rooms: list[str]) -> None:
        # Some soon give up on a silent server, and take over from their own earlier connection.
        patience = self.random.choice([0.7, 5.0, 20.0])
        self.clients.append(kind(name, rooms, self.world, Random(self.random.random()), patience))  # noqa: S311

    async def begin(self) -> None:
        """Start all nodes at once, and connect the clients."""
        await asyncio.gather(*[node.start() for node in self.nodes])
        self._living = [asyncio.create_task(one.live()) for one in (*self.clients, *self.rivals)]

    async def talk_and_kill(self, rounds: int) -> None:
        """While the clients talk, kill the server at random moments and start it again, so many times."""
        for _ in range(rounds):
            self.rounds += 1
            self.world.let_say(self._per_round - self.world.left)
            if self.random.random() < 0.75:
                # While messages are under way.
                goal = self.world.answers + self.random.randrange(1, self._per_round)
                await self.world.comes_to(lambda goal=goal: self.world.answers >= goal, _LONGEST_ROUND)  # type: ignore[misc]
            else:
                await asyncio.sleep(self.random.uniform(0, 0.3))  # while clients reconnect
            self.harm.notes(f"round {self.rounds}")
            await self._kill_something()
            self.harm.notes(f"round {self.rounds} is over")

    async def _kill_something(self) -> None:
        """Kill the server, or the database, or both, and start again what was killed."""
        if len(self.nodes) > 1:
            await self._harm_nodes()
            return
        if self.server.cluster is None:
            await self.server.kill()
            await self.server.start()
            return
        match ("database", "both", "server")[self.rounds % 3 - 1]:
            case "server":
                await self.server.kill()
                await self.server.start()
            case "database":
                await self.server.kill_database(self.random.uniform(0, 0.5))
            case "both":
                await asyncio.gather(self.server.kill_database(0), self.server.kill())
                await self.server.start()

    async def _harm_nodes(self) -> None:
        """Do to one of several nodes, or to the database, what may happen to them."""
        node = self.random.choice(self.nodes)
        kind = ("node", "stop", "database", "connections", "both")[self.rounds % 5 - 1]
        self.harm.notes(f"{kind}, port {node.port}")
        match kind:
            case "node":
                await node.kill()
                await asyncio.sleep(self.random.uniform(0, 1))
                await node.start()
            case "stop":  # it is taken for dead
                node.signals(signal.SIGSTOP)
                await asyncio.sleep(_LEASE + self.random.uniform(0, 2))
                node.signals(signal.SIGCONT)
            case "database":
                await node.kill_database(self.random.uniform(0, 0.5))
            case "connections":
                await asyncio.to_thread(node.kill_connections)
            case "both":
                await asyncio.gather(node.kill_database(0), node.kill())
                await node.start()

    async def talk(self) -> None:
        """Start the talk, and return in the middle of it."""
        self.rounds += 1
        self.world.let_say(self._per_round)
        goal = self.world.answers + self._per_round // 2
        await self._comes_to(lambda: self.world.answers >= goal, f"{goal} answers")

    async def stop_for(self, seconds: float) -> None:
        """Stop the server's process for a while during the talk."""
        await self.talk()
        self.server.signals(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self.server.signals(signal.SIGCONT)

    async def end(self) -> Report:
        """Wait for the rest of the messages, kill the server, and check everything."""
        try:
            await self._comes_to(self._class_was_worth_it, "a class with turns and votes")
            self.world.is_over = True
            await self._comes_to(self._is_quiet, "an answer to everything")
            last = {f"#{room}": seq for room, seq in self.server.last_numbers().items()}
            # Wait for slow clients; the checker reports what they do not hear.
            await self.world.comes_to(lambda: self._have_heard(last), PATIENCE / 3)
            await self._all_ping()
        finally:
            await self.close()
        return await self._report()

    async def close(self) -> None:
        """Stop the clients and all nodes. Harmless twice."""
        for living in self._living:
            living.cancel()
        await asyncio.gather(*self._living, return_exceptions=True)
        for node in self.nodes:
            with suppress(ProcessLookupError):
                node.signals(signal.SIGCONT)
            await node.kill()

    async def _comes_to(self, condition: Callable[[], bool], what: str) -> None:
        if not await self.world.comes_to(condition, PATIENCE):
            refused = [one for one in self._done() if not one.granted and one.name.startswith("teach")][-3:]
            self._write_down([self.harm, *[client.log for client in self.clients]])
            behind = "; ".join([*map(repr, self.clients), str(self._granted()), f"refused last: {refused}"])
            hangs = "\n".join([await node.abort() for node in self.nodes])
            raise AssertionError(f"seed {self.seed}: not {what} after {PATIENCE} seconds: {behind}\n{hangs}")

    def _class_was_worth_it(self) -> bool:
        done = self._granted()
        return all(done[status] >= _LEAST for status in ("next", "vote", "support", "endpoll"))

    def _granted(self) -> Counter[str]:
        return Counter(one.request["status"] for one in self._done() if one.granted)

    def _done(self) -> list[Done]:
        return [one for client in self.clients if isinstance(client, InClass) for one in client.done]

    def _is_quiet(self) -> bool:
        return self.world.left == 0 and not any(
            client.is_waiting or not client.signed_in for client in self.clients
        )

    def _have_heard(self, last: dict[str, int]) -> bool:
        return all(
            self.world.heard.get((client.name, f"#{room}"), 0) >= last.get(f"#{room}", 0)
            for client in self.clients
            for room in client.rooms
        )

    async def _all_ping(self) -> None:
        """Wait until all messages under way have arrived: they come before the answer to a `ping`."""
        await asyncio.gather(*[client.catches_up() for client in self.clients], return_exceptions=True)

    async def _report(self) -> Report:
        """Check the file as the last kill left it, and the logs of all clients."""
        path = await self.server.journal_file()
        epoch, kept = checker.read(path)
        logs = [client.log for client in self.clients]
        broken = checker.check(logs, epoch, kept, fails=self.server.cluster is not None)
        done = self._done()
        broken += check_class(done, read_class(path))
        broken += [f"bearers: {one}" for one in bearers(kept)]
        broken += [f"integrity: {line}" for line in checker.integrity(path)]
        code, said = await self.server.runs("journal", "check", "--journal", self.server.journal)
        if code:
            broken.append(f"journal check: {said}")
        for room in ROOMS:
            code, document = await self.server.runs(
                "export", "--room", room, "--format", "json", "--journal", self.server.journal
            )
            wanted = checker.as_exported(kept, room)
            if code or checker.exported(document, room) != wanted:
                broken.append(
                    f"export of {room}, with {len(wanted)} messages, exit code {code}: {document[:500]}"
                )
        for node in self.nodes:
            if node.complaints():
                broken.append(f"standard error: {node.complaints()[:2000]}")
        if broken:
            self._write_down([self.harm, *logs, *[rival.log for rival in self.rivals]])
        return self._summary(logs, kept, done, broken)

    def _write_down(self, logs: list[Log]) -> None:
        """Write everything that happened to a folder, for those who look for the cause."""
        place = self.server.directory / "happened"
        place.mkdir()
        for log in logs:
            (place / log.name).write_text("".join(f"{line}\n" for line in log.lines()))

    def _summary(self, logs: list[Log], kept: Sequence[Kept], done: list[Done], broken: list[str]) -> Report:
        heard = [record for log in logs for record in log.records if isinstance(record, Heard)]
        return Report(
            seed=self.seed,
            rounds=self.rounds,
            said=sum(len({one.id for one in log.records if isinstance(one, Sent)}) for log in logs),
            kept=len(kept),
            refused=Counter(
                one.code for log in logs for one in log.records if isinstance(one, Answered) and one.code
            ),
            heard=len(heard),
            replayed=sum(one.replay for one in heard),
            connections=sum(client.connections for client in self.clients),
            turns=sum(one.granted for one in done if one.request["status"] == "next"),
            votes=sum(one.granted for one in done if one.request["status"] == "vote"),
            bearers=len(runs(kept)),
            broken=broken,
        )


async def leave_a_log(directory: Path, seed: int, forks: Forks | None = None) -> None:
    """Run a short talk, and kill the server, so that the write-ahead log has the messages.

    There is no class: the server empties the log after the secrets of a poll are deleted.
    """
    torture = Torture(directory, seed, forks=forks, has_class=False)
    try:
        await torture.begin()
        await torture.talk()
    finally:
        await torture.close()


async def kill_again_and_again(
    directory: Path,
    seed: int,
    rounds: int,
    cluster: Cluster | None = None,
    forks: Forks | None = None,
    *,
    nodes: int = 1,
    rivals: int = 0,
) -> Report:
    """Kill a server, or the database of its journal, so many times during a talk; return the report."""
    torture = Torture(directory, seed, cluster, forks, nodes=nodes, rivals=rivals)
    try:
        await torture.begin()
        await torture.talk_and_kill(rounds)
        return await torture.end()
    finally:
        await torture.close()


async def stand_still(directory: Path, seed: int, seconds: float, forks: Forks | None = None) -> Report:
    """Stop the server's process for a while and continue it; return the report."""
    torture = Torture(directory, seed, forks=forks)
    try:
        await torture.begin()
        await torture.stop_for(seconds)
        return await torture.end()
    finally:
        await torture.close()
