"""The container: what the files in packaging/ promise.

No image is built here, because CI has neither a container engine nor a registry of base images. Caddy and
Docker Compose read their files; what the Containerfile says is compared with the server.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import yaml

from classchat.configuration import Configuration
from classchat.options import SERVER_OPTIONS
from classchat.serve import ServeOptions
from tests.e2e.conftest import StartServer
from tests.e2e.helpers import environment
from tests.tools import ROOT, tool

_PACKAGING = ROOT / "packaging"
_TEXT = re.sub(r"\\\n\s*", "", (_PACKAGING / "Containerfile").read_text(encoding="utf-8"))
_STEPS = [line.split(" ", 1) for line in _TEXT.splitlines() if line and not line.startswith("#")]
_COMPOSE = yaml.safe_load((_PACKAGING / "compose.yaml").read_text(encoding="utf-8"))
_SERVICES = _COMPOSE["services"]


def _last(instruction: str) -> str:
    """Return the argument of the last instruction of this kind in the Containerfile."""
    return [argument for name, argument in _STEPS if name == instruction][-1]


def _health() -> list[str]:
    """Return the command of the health check."""
    words: list[str] = json.loads(_last("HEALTHCHECK").partition("CMD ")[2])
    return words


def test_the_image_runs_a_server_that_others_reach() -> None:
    """Its command is one of `classchat serve` with existing options, at the port that it exposes."""
    entry, command = json.loads(_last("ENTRYPOINT")), json.loads(_last("CMD"))
    options = ServeOptions()
    options.parseOptions(command[1:])

    assert ["classchat", "serve"] == [*entry, command[0]]
    assert ("0.0.0.0", int(_last("EXPOSE"))) == (options["host"], options["port"])


def test_the_image_does_not_run_as_root() -> None:
    """Its user is not root, and owns the directory of the volume, in which the server is started."""
    user, place = _last("USER"), _last("WORKDIR")
    (made,) = (argument for name, argument in _STEPS if name == "RUN" and "useradd" in argument)

    assert int(user) > 0
    assert place == _last("VOLUME")
    assert f"--uid {user} " in made
    assert re.search(rf"install --directory --owner {user} .*--mode 0700 {place}$", made)
    assert [name for name, _ in _STEPS].index("USER") > [name for name, _ in _STEPS].index("RUN")


def test_what_is_copied_into_the_build() -> None:
    """The build gets everything that the wheel is made of, and neither the repository nor journals."""
    patterns = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")
    ]
    kept = [pattern[1:] for pattern in patterns if pattern.startswith("!")]

    def is_kept(name: str) -> bool:
        return any(fnmatch(name, pattern) or name.startswith(f"{pattern}/") for pattern in kept)

    needed = [
        "setup.cfg",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "classchat/web/main.js",
        "classchat/tap.py",
    ]
    needed += ["twisted/plugins/classchat_plugin.py", "packaging/classchat.service"]

    assert "*" == patterns[0]
    assert [] == [name for name in needed if not (ROOT / name).exists() or not is_kept(name)]
    assert not any(map(is_kept, (".git/config", "classchat.sqlite", ".venv/bin/python", "packaging/.env")))


def test_health_check(serve: StartServer) -> None:
    """It succeeds while the server runs, and fails afterwards."""
    server = serve()
    words = [word.replace(f":{_last('EXPOSE')}/", f":{server.port}/") for word in _health()]

    def code() -> int:
        return subprocess.run([sys.executable, *words[1:]], capture_output=True, check=False).returncode

    running = code()
    server.close()

    assert (0, 1) == (running, code())


def _server_options(service: dict[str, Any]) -> dict[str, Any]:
    """Return the options that the server has from the environment of compose.yaml."""
    given = {
        name: re.sub(r"\$\{\w+:\?.*?\}", "chat.example.org", text)
        for name, text in service["environment"].items()
    }
    configuration = Configuration(SERVER_OPTIONS, {}, given)
    assert {} == configuration.unknown_variables()
    return configuration.values()


def test_options_in_compose() -> None:
    """The server's journal is in the database of the other service, and it trusts Caddy and no one else."""
    options = _server_options(_SERVICES["classchat"])
    caddy = _SERVICES["caddy"]["networks"]["page"]["ipv4_address"]
    (address_range,) = _COMPOSE["networks"]["page"]["ipam"]["config"]
    user = _SERVICES["db"]["environment"]["POSTGRES_USER"]

    assert f"postgresql://{user}@db/{user}" == options["journal"]
    assert [caddy] == [str(network) for networks in options["proxy"] for network in networks]
    assert ip_address(caddy) in ip_network(address_range["subnet"])
    assert ["chat.example.org"] == options["web-name"]
    assert options["files"].startswith(f"{_last('VOLUME')}/")


def test_services_have_no_rights_that_they_do_not_need() -> None:
    """The server has no capabilities and one volume; the database is in a network of its own."""
    server, db = _SERVICES["classchat"], _SERVICES["db"]
    mounts = [volume.split(":")[1] for volume in server["volumes"]]

    assert (True, ["ALL"], ["no-new-privileges:true"]) == (
        server["read_only"],
        server["cap_drop"],
        server["security_opt"],
    )
    assert [_last("VOLUME")] == mounts
    assert (["data"], None) == (db["networks"], db.get("ports"))


def test_passwords_and_names_have_no_defaults() -> None:
    """Without the site's name and a password for the database nothing starts."""
    variables = re.findall(r"\$\{(\w+)(.*?)\}", (_PACKAGING / "compose.yaml").read_text())

    assert {"SITE", "POSTGRES_PASSWORD"} == {name for name, _ in variables}
    assert {":?set it in .env"} == {default for _, default in variables}


def test_compose(tmp_path: Path) -> None:
    """Docker Compose understands all of its file, and starts nothing without what .env has to give."""
    text = (_PACKAGING / "compose.yaml").read_text(encoding="utf-8")
    text = re.sub("^name: .*\n", "", text, flags=re.MULTILINE)  # which Debian 12's version does not know yet
    command = [tool("docker-compose"), "--project-directory", _PACKAGING, "-f", "-", "config"]

    def read(**variables: str) -> subprocess.CompletedProcess[str]:
        there = environment(tmp_path, **variables)
        return subprocess.run(command, input=text, env=there, capture_output=True, text=True, check=False)

    understood = read(SITE="chat.example.org", POSTGRES_PASSWORD="secret")  # noqa: S106
    incomplete = read(SITE="chat.example.org")

    assert 0 == understood.returncode, understood.stderr
    assert {*_SERVICES} == {*yaml.safe_load(understood.stdout)["services"]}
    assert (False, True) == (incomplete.returncode == 0, "set it in .env" in incomplete.stderr)


def test_caddy(tmp_path: Path) -> None:
    """Caddy understands its file, and passes everything on to the server."""
    site = "chat.example.org"
    adapted = subprocess.run(
        [tool("caddy"), "adapt", "--config", _PACKAGING / "Caddyfile"],
        env=environment(tmp_path, SITE=site), capture_output=True, text=True, check=True,
    )  # fmt: skip
    routes = json.loads(adapted.stdout)["apps"]["http"]["servers"]["srv0"]["routes"]
    dials = re.findall(r'"dial": *"(.*?)"', json.dumps(routes))

    assert [[site]] == [match["host"] for route in routes for match in route["match"]]
    assert [f"classchat:{_last('EXPOSE')}"] == dials


def test_the_documented_commands_name_files_that_exist() -> None:
    """The commands of docs/operations.md that build and start containers name existing files and services."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = text.partition("## In a container")[2].partition("\n## ")[0]
    words = shlex.split(
        " ".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)), comments=True
    )
    services = [words[number + 1] for number, word in enumerate(words) if word in ("exec", "logs")]

    assert {"packaging/Containerfile"} == {
        words[number + 1] for number, word in enumerate(words) if word == "-f"
    }
    assert {*services} == {"classchat"} & {*_SERVICES}
