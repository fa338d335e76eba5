"""Uploads and downloads of shared files beside nginx's, and what a room notices of ten who upload.

    python -m benchmarks.file_traffic

Both servers get files of 25 MB over one connection after the other, and give them back; nginx takes them
with PUT (its module `dav`), and flushes nothing to the disk. Then a room talks, alone and while ten people
upload, in turns: how long until a member reads a message?
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

_SIZE = 25_000_000
_UPLOADERS = 10
_PART = 1_000_000
_TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

_NGINX = """daemon off; worker_processes 1; pid {place}/nginx.pid; error_log {place}/error.log;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {place}/body; client_max_body_size 100m; sendfile on;
  server {{ listen 127.0.0.1:{port}; root {place}/files; location / {{ dav_methods PUT; }} }} }}
"""


class Client:
    """A user of the chat."""

    def __init__(self, port: int, name: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("rb")
        self.links: list[str] = []
        """The links of all files that the client was told about."""
        self.ask(status="register", sender=name)

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request; return its answer."""
        self.send(id="1", **request)
        while True:
            line = self.hear()
            if line.get("id") == "1":
                return line

    def send(self, **request: Any) -> None:
        """Send a request."""
        self._socket.sendall(json.dumps(request).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        """Return the next line."""
        line: dict[str, Any] = json.loads(self._lines.readline())
        if "file" in line:
            self.links.append(line["file"]["link"])
        return line


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, place: Path) -> Iterator[int]:
    """Run a server; yield the number of its process."""
    with open(place / "log", "wb") as log:
        process = subprocess.Popen(command, cwd=place, stdout=log, stderr=log)  # noqa: S603
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def cpu_of(pid: int) -> float:
    """Return the seconds that a process and its children have computed."""
    total = 0.0
    for each in [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]:
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / _TICK
    return total


def measured(pid: int, count: int, do: Callable[[int], object]) -> tuple[float, float]:
    """Do something with `count` files; return MB/s, and milliseconds of the server's CPU for each MB."""
    megabytes = count * _SIZE / 1_000_000
    began, cpu = time.perf_counter(), cpu_of(pid)
    for number in range(count):
        do(number)
    return megabytes / (time.perf_counter() - began), (cpu_of(pid) - cpu) * 1000 / megabytes


def asked(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
    """Make one request; return the body of its answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    if response.status >= 400:
        raise SystemExit(f"{method} {path} was answered {response.status}: {data[:200]!r}")
    return data


def upload(client: Client, port: int, data: bytes, part: int = _SIZE, room: str = "R") -> None:
    """Share a file with a room, in parts."""
    digest = sha256(data).hexdigest()
    answer = client.ask(status="file", receiver=room, name="data.bin", size=len(data), sha256=digest)
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for offset in range(0, len(data), part):
        headers = {**_TUS, "Upload-Offset": str(offset)}
        connection.request("PATCH", f"/{answer['upload']}", data[offset : offset + part], headers)
        response = connection.getresponse()
        response.read()
        if response.status != 204:
            raise SystemExit(f"PATCH was answered {response.status}")
    connection.close()


def of_classchat(port: int, pid: int, count: int) -> dict[str, tuple[float, float]]:
    """Return what uploads and downloads take."""
    client = Client(port, "Alice")
    client.ask(status="create", receiver="R")
    files = [os.urandom(1_000) * (_SIZE // 1_000) for _ in range(count)]
    up = measured(pid, count, lambda number: upload(client, port, files[number]))
    while len(client.links) < count:
        client.hear()
    down = measured(pid, count, lambda number: asked(port, "GET", f"/{client.links[number]}"))
    return {"upload": up, "download": down}


def of_nginx(port: int, pid: int, count: int) -> dict[str, tuple[float, float]]:
    """Return the same of nginx."""
    data = os.urandom(1_000) * (_SIZE // 1_000)
    up = measured(pid, count, lambda number: asked(port, "PUT", f"/{number}", data))
    down = measured(pid, count, lambda number: asked(port, "GET", f"/{number}"))
    return {"upload": up, "download": down}


def p99_of_room(speaker: Client, listener: Client, seconds: float) -> float:
    """Return the 99th percentile of milliseconds from a message to its reader."""
    taken, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        speaker.send(status="group", receiver="Talk", text="x" * 100)
        while listener.hear().get("sender") != "Speaker":
            pass
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(0.005)
    return statistics.quantiles(taken, n=100)[98]


def upload_for_ever(port: int) -> None:
    """Upload files of 1 MB as ten people, until this process is killed; print a line when they have begun."""
    if sys.platform == "linux":  # also with chrt
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.nice(10)  # people upload from machines of their own: they take the server no time
    uploaders = [Client(port, f"Up{number}") for number in range(_UPLOADERS)]
    uploaders[0].ask(status="create", receiver="Files")  # or it is there, of an earlier turn
    for client in uploaders:
        client.ask(status="join", receiver="Files")

    def go_on(client: Client) -> None:
        while True:
            upload(client, port, os.urandom(1_000) * 1_000, _PART, "Files")
            print("uploaded", flush=True)

    for client in uploaders:
        threading.Thread(target=go_on, args=(client,), daemon=True).start()
    print("begun", flush=True)
    threading.Event().wait()


@contextmanager
def uploads(port: int, seconds: float, speeds: list[float]) -> Iterator[None]:
    """Upload as ten people for some seconds; add how many MB/s they have reached.

    They have a process of their own: otherwise their work would delay what is measured.
    """
    command = [sys.executable, "-m", "benchmarks.file_traffic", "--upload-to", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            if process.stdout is None or not process.stdout.readline():
                raise SystemExit("nobody uploads")
            yield
        finally:
            process.kill()
        speeds.append(len(process.stdout.readlines()) * _PART / 1_000_000 / seconds)


def room_beside_uploads(port: int, seconds: float, rounds: int) -> tuple[float, float, float]:
    """Return a room's p99 alone, beside ten people who upload, and their MB/s; medians of several turns."""
    speaker, listener = Client(port, "Speaker"), Client(port, "Listener")
    speaker.ask(status="create", receiver="Talk")
    listener.ask(status="join", receiver="Talk")
    alone, beside, speeds = [], [], list[float]()
    for _ in range(rounds):
        alone.append(p99_of_room(speaker, listener, seconds))
        with uploads(port, seconds, speeds):
            beside.append(p99_of_room(speaker, listener, seconds))
    return statistics.median(alone), statistics.median(beside), statistics.median(speeds)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=8, help="files of 25 MB, each way")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each turn of the room")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--upload-to", type=int, metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--journal", default="classchat.sqlite", help="the server's journal")
    options = parser.parse_args()
    if options.upload_to:
        upload_for_ever(options.upload_to)
    with ExitStack() as stack:
        places = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        port, other = free_port(), free_port()
        command = [sys.executable, "-m", "classchat", "serve", "--limits", "off", "--port", str(port)]
        command += ["--max-files-per-user", "1TB", "--max-files", "1TB", "--journal", options.journal]
        pid = stack.enter_context(running(command, port, places[0]))
        found = {"classchat": of_classchat(port, pid, options.files)}
        if shutil.which("nginx"):
            (places[1] / "files").mkdir(mode=0o777)
            places[1].chmod(0o777)
            (places[1] / "files").chmod(0o777)
            (places[1] / "nginx.conf").write_text(_NGINX.format(place=places[1], port=other))
            nginx = ["nginx", "-p", str(places[1]), "-c", str(places[1] / "nginx.conf")]
            pid = stack.enter_context(running(nginx, other, places[1]))
            found["nginx"] = of_nginx(other, pid, options.files)
        for name, ways in found.items():
            for way, (speed, cpu) in ways.items():
                print(f"{name:<10} {way:<9} {speed:8.0f} MB/s {cpu:8.2f} ms CPU/MB")
        alone, beside, speed = room_beside_uploads(port, options.seconds, options.rounds)
        ratio = f"x {beside / alone:.2f}, {speed:.0f} MB/s"
        print(f"room p99: {alone:.2f} ms alone, {beside:.2f} ms beside uploads, {ratio}")


if __name__ == "__main__":
    main()
