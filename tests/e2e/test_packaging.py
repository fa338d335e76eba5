"""The published packages: wheel, sdist, and the installed commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.e2e.helpers import CLASSCHAT, TWISTD

ROOT = Path(__file__).parents[2]
TOOLS = ("build", "setuptools>=77")
"""The build tools; setuptools must be able to build wheels by itself."""

PLUGIN = "twisted/plugins/classchat_plugin.py"
TIME_LIMIT = 240

pytestmark = pytest.mark.timeout(4 * TIME_LIMIT)  # whichever test comes first builds what all need


def run(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, without access to the source except by its arguments."""
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**plain, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **variables},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def lacks(reason: str) -> NoReturn:
    """Skip a test that can't run here; in CI, which has everything, fail instead."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the source without build products, so that a build leaves nothing in the checkout."""
    source = tmp_path_factory.mktemp("source") / "classchat"
    made = shutil.ignore_patterns(
        ".*", "build", "dist", "*.egg-info", "__pycache__", "dropin.cache", "node_modules"
    )
    shutil.copytree(ROOT, source, ignore=lambda place, names: made(place, names) - {".ci"})
    return source


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install `uv` and the build tools. `uv` comes first: it installs the others in a tenth of pip's time."""
    tools = tmp_path_factory.mktemp("tools")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--no-deps"]
    for install, packages in ((pip, ["uv"]), ([tools / "bin/uv", "pip", "install", "-q"], TOOLS)):
        fetched = run(*install, "--target", tools, *packages, cwd=tools)
        if fetched.returncode:
            lacks(f"nothing to build with: {fetched.stderr}")
    return tools


@pytest.fixture(scope="module")
def dist(source: Path, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from it, as for a release."""
    dist = tmp_path_factory.mktemp("dist")
    here = ["--no-isolation", "--skip-dependency-check"]  # TOOLS are all that it needs
    build = [sys.executable, "-m", "build", *here, "--outdir", dist, source]
    built = run(*build, cwd=tools, PYTHONPATH=str(tools))
    assert built.returncode == 0, built.stdout + built.stderr
    return dist


@pytest.fixture(scope="module")
def environment(dist: Path) -> Iterator[Path]:
    """Install the wheel where our dependencies are, but not our source; without network."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)  # readable for others: see test_read_only_site_packages
        environment = place / "env"
        venv.create(environment, with_pip=False)
        (packages,) = environment.glob("lib/python*/site-packages")
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")  # with its pip
        (wheel,) = dist.glob("*.whl")
        pip = [environment / "bin/python", "-m", "pip", "install", "-q", "--no-compile"]
        installed = run(*pip, "--no-deps", "--no-index", "--ignore-installed", wheel, cwd=place)
        assert installed.returncode == 0, installed.stderr
        yield environment


def shipped() -> set[str]:
    """Return the paths of all modules, and of the files of the page."""
    package = ROOT / "classchat"
    return {str(path.relative_to(ROOT)) for path in (*package.rglob("*.py"), *package.glob("web/*"))}


def test_wheel_is_complete(dist: Path) -> None:
    """The wheel has each module, the page, `py.typed`, the plugin, no `__init__.py` above it, no tests."""
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    assert set() == {*shipped(), "classchat/py.typed", PLUGIN} - names
    assert set() == {"twisted/__init__.py", "twisted/plugins/__init__.py"} & names
    assert {"classchat", "twisted"} == {
        name.split("/")[0] for name in names if ".dist-info/" not in name and ".data/" not in name
    }


def test_units_are_installed(environment: Path) -> None:
    """The units of systemd are where docs/operations.md copies them from, below the environment."""
    document = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"sudo cp /opt/classchat/(\S+)", document))

    assert {"classchat.service", "classchat@.service"} == {Path(name).name for name in named}
    assert [] == [name for name in named if not (environment / name).is_file()]


def test_sdist_is_complete(dist: Path) -> None:
    """The sdist has everything in the wheel, and its sources."""
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert set() == {*shipped(), "classchat/py.typed", PLUGIN, "setup.cfg", "pyproject.toml"} - names
    assert {"packaging/Containerfile", "packaging/compose.yaml", "packaging/Caddyfile"} <= names


def test_version_is_everywhere_the_same(dist: Path, environment: Path, tmp_path: Path) -> None:
    """The files' names and the command say one version."""
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    asked = run(environment / "bin/classchat", "--version", cwd=tmp_path)
    version = asked.stdout.removeprefix("ClassChat ").strip()

    assert (f"classchat-{version}-py3-none-any.whl", f"classchat-{version}.tar.gz") == (
        wheel.name,
        sdist.name,
    )


def test_installed_package_is_what_runs(environment: Path, tmp_path: Path) -> None:
    """In another directory the installed package is used, not the checkout."""
    asked = run(environment / "bin/python", "-c", "import classchat; print(classchat.__file__)", cwd=tmp_path)

    assert Path(asked.stdout.strip()).is_relative_to(environment), asked.stderr


def test_commands_of_the_installed_package(environment: Path, tmp_path: Path) -> None:
    """`classchat`, `python -m classchat` and `twistd` work in any directory, without warnings."""
    python = environment / "bin/python"
    command = run(environment / "bin/classchat", "--version", cwd=tmp_path)
    module = run(python, "-m", "classchat", "--version", cwd=tmp_path)
    twistd = run(python, *TWISTD, "--help", cwd=tmp_path)
    options = run(python, *TWISTD, "classchat", "--help", cwd=tmp_path)

    assert (0, command.stdout, "") == (module.returncode, module.stdout, command.stderr + module.stderr)
    assert re.fullmatch(r"ClassChat \S+\n", command.stdout)
    assert (0, True, "") == (twistd.returncode, "\n    classchat " in twistd.stdout, twistd.stderr)
    assert (0, True, "") == (options.returncode, "--listen=" in options.stdout, options.stderr)


def test_editable_install(tmp_path: Path) -> None:
    """An editable install gives `classchat` and `twistd classchat` in any directory, of the working tree.

    README's test command made one, in which this test runs.
    """
    found = run(sys.executable, "-c", "import classchat; print(classchat.__file__)", cwd=tmp_path)
    command = run(*CLASSCHAT, "--version", cwd=tmp_path)
    twistd = run(*TWISTD, "--help", cwd=tmp_path)

    assert str(ROOT / "classchat/__init__.py") == found.stdout.strip()
    assert (0, True, "") == (
        command.returncode,
        re.fullmatch(r"ClassChat \S+\n", command.stdout) is not None,
        command.stderr,
    )
    assert (0, True, "") == (twistd.returncode, "\n    classchat " in twistd.stdout, twistd.stderr)


@pytest.fixture(scope="module")
def uv(
    tools: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `uv` with a home, and so with a cache, of its own."""
    home = tmp_path_factory.mktemp("home")
    return lambda *words: run(
        tools / "bin/uv", *words, cwd=home, HOME=str(home), XDG_DATA_HOME="", UV_NO_PROGRESS="1"
    )


def test_twine_check(dist: Path, uv: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """`twine check --strict` accepts wheel and sdist: an index could show their description."""
    checked = uv("tool", "run", "twine", "check", "--strict", *dist.iterdir())

    assert (0, 2) == (checked.returncode, checked.stdout.count("PASSED")), checked.stdout + checked.stderr


def test_uv_tool_install(
    dist: Path, uv: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """`uv tool install` takes the wheel with its extras, and `classchat` then runs."""
    (wheel,) = dist.glob("*.whl")
    installed = uv("tool", "install", f"{wheel}[qr,postgres]")
    place = uv("tool", "dir", "--bin").stdout.strip()
    asked = run(Path(place) / "classchat", "invite", "--help", cwd=tmp_path)

    assert 0 == installed.returncode, installed.stderr
    assert asked.stdout.startswith("Usage: classchat invite")


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_nothing_is_skipped_in_ci(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `CI` set, missing requirements are failures; otherwise the tests are skipped."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no index"):
        lacks("no index")


def test_read_only_site_packages(environment: Path) -> None:
    """With read-only site-packages `twistd` still finds the plugin, without warnings."""
    for cache in environment.rglob("dropin.cache"):
        cache.unlink()
    (packages,) = environment.glob("lib/python*/site-packages")
    user = None
    if os.geteuid() == 0:  # permissions do not stop root: run as another user
        user = "nobody"
    else:
        make_read_only(packages)
    run_twistd = (
        "from twisted.scripts.twistd import run; run()"  # its script may not be readable for other users
    )
    command = [environment / "bin/python", "-c", run_twistd, "--help"]
    try:  # another user may not even get that far
        can_run = subprocess.run(
            [environment / "bin/python", "-c", "import twisted.scripts.twistd, classchat"],
            cwd="/", capture_output=True, timeout=TIME_LIMIT, check=False, user=user,
        )  # fmt: skip
        if can_run.returncode:
            pytest.skip("nobody else on this machine may read our dependencies")
        twistd = subprocess.run(
            command, cwd="/", capture_output=True, text=True, timeout=TIME_LIMIT, check=False, user=user
        )
    except PermissionError:
        pytest.skip("nobody else on this machine may run our interpreter")

    assert (0, True, "") == (twistd.returncode, "\n    classchat " in twistd.stdout, twistd.stderr)
    assert [] == [*packages.rglob("dropin.cache")]


def make_read_only(directory: Path) -> None:
    """Make a directory read-only for all users; it can still be removed with its parent."""
    for path in [directory, *directory.rglob("*")]:
        if path.is_dir():
            path.chmod(0o555)
