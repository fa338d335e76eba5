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
PACKAGING = DOCS.parent / "packaging"
UNIT = PACKAGING / "classchat.service"
NODE = PACKAGING / "classchat@.service"


def test_the_command_of_the_service() -> None:
    """The systemd unit uses existing options, and files that the server may write to."""
    unit = ConfigParser(interpolation=None, strict=False)  # a setting may be there twice
    unit.optionxform = str  # type: ignore[assignment]
    unit.read(UNIT)
    service = unit["Service"]
    program, verb, *arguments = service["ExecStart"].split()
    options = ServeOptions()
    options.parseOptions(arguments)

    assert ("classchat", "serve", ["0.0.0.0", "5555"]) == (Path(program).name, verb, arguments[-2:])
    assert options["journal"].startswith(f"/var/lib/{service['StateDirectory']}/")


def test_the_options_of_a_node() -> None:
    """The documented options of a node exist, and the template has the same guards as the unit."""
    lines, of_node = UNIT.read_text().splitlines(), NODE.read_text().splitlines()
    section = (DOCS / "operations.md").read_text().partition("## Two servers behind HAProxy")[2]
    found = re.search(r"^OPTIONS=(.*)$", section, re.MULTILINE)
    assert found is not None
    (command,) = (line.removeprefix("ExecStart=") for line in of_node if line.startswith("ExecStart="))
    arguments = command.replace("$OPTIONS", found[1]).replace("%i", "5555").split()[2:]
    options = ServeOptions()
    options.parseOptions(arguments)

    assert (5555, ["chat.example.org"]) == (options["port"], options["web-name"])
    assert (
        lines[lines.index("# The server has no rights that it does not need.") :]
        == of_node[of_node.index("# The server has no rights that it does not need.") :]
    )


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("documented", [UNIT, NODE], ids=["unit", "template"])
def test_systemd_understands_the_service(documented: Path, tmp_path: Path) -> None:
    """`systemd-analyze verify` accepts the unit if the program is installed."""
    unit = tmp_path / documented.name.replace("@", "@5555")
    program = shutil.which("true")
    text = documented.read_text()
    unit.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={program}", text, flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)

    assert unit.name not in done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("unit", [UNIT, NODE], ids=["unit", "template"])
def test_exposure_of_the_service(unit: Path) -> None:
    """`systemd-analyze security` rates the units as the document says, or better."""
    stated = re.search(
        r"rates the exposure of the service as (\d)\.(\d) of 10", (DOCS / "operations.md").read_text()
    )
    assert stated is not None
    threshold = f"--threshold={int(stated[1] + stated[2])}"
    command = ["systemd-analyze", "security", "--no-pager", "--offline=true", threshold, unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr


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
