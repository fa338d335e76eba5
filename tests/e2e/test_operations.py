"""The instructions of docs/operations.md."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from classchat.serve import ServeOptions
from tests.e2e.conftest import Connect, StartProcess, StartServer
from tests.e2e.helpers import CLASSCHAT

DOCS = Path(__file__).parents[2] / "docs"
UNIT = DOCS / "classchat.service"


def test_the_command_of_the_service() -> None:
    """The systemd unit uses existing options, and files that the server may write to."""
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read(UNIT)
    service = unit["Service"]
    program, verb, *arguments = service["ExecStart"].split()
    options = ServeOptions()
    options.parseOptions(arguments)

    assert ("classchat", "serve", ["0.0.0.0", "5555"]) == (Path(program).name, verb, arguments[-2:])
    assert options["journal"].startswith(f"/var/lib/{service['StateDirectory']}/")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_understands_the_service(tmp_path: Path) -> None:
    """`systemd-analyze verify` accepts the unit if the program is installed."""
    unit = tmp_path / UNIT.name
    program = shutil.which("true")
    unit.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={program}", UNIT.read_text(), flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)

    assert "classchat.service" not in done.stderr


def test_a_backup_is_restored(
    serve: StartServer, connect: Connect, process: StartProcess, tmp_path: Path
) -> None:
    """A backup made while a server runs is sound, and a server continues from its state."""
    command = re.search(r"`(python3 -c '.*?VACUUM INTO.*?')`", (DOCS / "operations.md").read_text())
    assert command is not None
    server = serve()
    alice = connect(server.port, "Alice")
    alice.asks("create", "CS350")
    alice.asks("group", "CS350", "before")
    alice.hears(), alice.hears()
    subprocess.run(command[1], shell=True, cwd=tmp_path, check=True)  # noqa: S602 (our own documentation)
    alice.asks("group", "CS350", "after")
    alice.hears()
    check = process(*CLASSCHAT, "journal", "check", "--journal", "backup.sqlite")
    code = check.ends()
    server.close()
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"classchat.sqlite{end}").unlink(missing_ok=True)
    (tmp_path / "backup.sqlite").rename(tmp_path / "classchat.sqlite")
    serve()
    export = process(*CLASSCHAT, "export", "--room", "CS350", "--format", "csv")

    assert (0, b"", 0) == (code, check.err, export.ends())
    assert (True, False) == (b"before" in export.out, b"after" in export.out)
