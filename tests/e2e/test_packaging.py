"""What is published: the wheel and the sdist, and the commands where they are installed."""

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
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.e2e.helpers import TWISTD

ROOT = Path(__file__).parents[2]
TOOLS = ("build", "setuptools>=77")
"""What builds; setuptools must be one that makes wheels by itself."""

PLUGIN = "twisted/plugins/classchat_plugin.py"
TIME_LIMIT = 120

pytestmark = pytest.mark.timeout(4 * TIME_LIMIT)  # whichever test comes first builds what all need


def run(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with no way to the source but what it is given."""
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**plain, **variables},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def lacks(reason: str) -> NoReturn:
    """Skip what can't be tested here; in CI, where everything is there, that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def fresh_environment(place: Path) -> tuple[Path, list[str | Path]]:
    """Make a virtual environment that finds our dependencies, not our source; return how to install there.

    There is no network, and what is installed elsewhere does not count.
    """
    venv.create(place, with_pip=False)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", place / "bin/python", "install", "-q"]
    return place, [*pip, "--no-deps", "--no-index", "--ignore-installed"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the source without what is made of it, so that a build leaves nothing in the checkout."""
    source = tmp_path_factory.mktemp("source") / "classchat"
    made = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "dropin.cache")
    shutil.copytree(ROOT, source, ignore=lambda place, names: made(place, names) - {".ci"})
    return source


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fetch what builds."""
    tools = tmp_path_factory.mktemp("tools")
    fetched = run(sys.executable, "-m", "pip", "install", "-q", "--target", tools, *TOOLS, cwd=tools)
    if fetched.returncode:
        lacks(f"nothing to build with: {fetched.stderr}")
    return tools


@pytest.fixture(scope="module")
def dist(source: Path, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build sdist and wheel, the wheel from the sdist, as one does for a release."""
    dist = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, source]
    built = run(*build, cwd=tools, PYTHONPATH=str(tools))
    assert built.returncode == 0, built.stdout + built.stderr
    return dist


@pytest.fixture(scope="module")
def environment(dist: Path) -> Iterator[Path]:
    """Install the wheel."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)  # so that others may look: see test_read_only_site_packages
        environment, install = fresh_environment(place / "env")
        (wheel,) = dist.glob("*.whl")
        installed = run(*install, wheel, cwd=place)
        assert installed.returncode == 0, installed.stderr
        yield environment


def test_wheel_is_complete(dist: Path) -> None:
    """The wheel has every module, `py.typed`, the plugin and no `__init__.py` above it, and no tests."""
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "classchat").rglob("*.py")}

    assert set() == {*modules, "classchat/py.typed", PLUGIN} - names
    assert set() == {"twisted/__init__.py", "twisted/plugins/__init__.py"} & names
    assert {"classchat", "twisted"} == {name.split("/")[0] for name in names if ".dist-info/" not in name}


def test_sdist_is_complete(dist: Path) -> None:
    """The sdist has what the wheel has, and what it is built from."""
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "classchat").rglob("*.py")}

    assert set() == {*modules, "classchat/py.typed", PLUGIN, "setup.cfg", "pyproject.toml"} - names


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
    """In another directory the installed package is found, and not the checkout."""
    asked = run(environment / "bin/python", "-c", "import classchat; print(classchat.__file__)", cwd=tmp_path)

    assert Path(asked.stdout.strip()).is_relative_to(environment), asked.stderr


def test_commands_of_the_installed_package(environment: Path, tmp_path: Path) -> None:
    """`classchat`, `python -m classchat` and `twistd` find it from any directory, and don't complain."""
    python = environment / "bin/python"
    command = run(environment / "bin/classchat", "--version", cwd=tmp_path)
    module = run(python, "-m", "classchat", "--version", cwd=tmp_path)
    twistd = run(python, *TWISTD, "--help", cwd=tmp_path)
    options = run(python, *TWISTD, "classchat", "--help", cwd=tmp_path)

    assert (0, command.stdout, "") == (module.returncode, module.stdout, command.stderr + module.stderr)
    assert re.fullmatch(r"ClassChat \S+\n", command.stdout)
    assert (0, True, "") == (twistd.returncode, "\n    classchat " in twistd.stdout, twistd.stderr)
    assert (0, True, "") == (options.returncode, "--listen=" in options.stdout, options.stderr)


def test_editable_install(source: Path, tools: Path, tmp_path: Path) -> None:
    """An editable install gives `classchat` and `twistd classchat` in any directory, of the working tree."""
    environment, install = fresh_environment(tmp_path / "env")
    editable = [*install, "--no-build-isolation", "--editable", source]
    installed = run(*editable, cwd=tmp_path, PYTHONPATH=str(tools))
    assert installed.returncode == 0, installed.stderr
    python = environment / "bin/python"
    found = run(python, "-c", "import classchat; print(classchat.__file__)", cwd=tmp_path)
    command = run(environment / "bin/classchat", "--version", cwd=tmp_path)
    twistd = run(python, *TWISTD, "--help", cwd=tmp_path)

    assert str(source / "classchat/__init__.py") == found.stdout.strip()
    assert (0, True, "") == (
        command.returncode,
        re.fullmatch(r"ClassChat \S+\n", command.stdout) is not None,
        command.stderr,
    )
    assert (0, True, "") == (twistd.returncode, "\n    classchat " in twistd.stdout, twistd.stderr)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_nothing_is_skipped_in_ci(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `CI` is set, what is missing is a failure; elsewhere the tests that need it are skipped."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no index"):
        lacks("no index")


def test_read_only_site_packages(environment: Path) -> None:
    """Where site-packages can't be written to, `twistd` finds the plugin all the same, without a word."""
    for cache in environment.rglob("dropin.cache"):
        cache.unlink()
    (packages,) = environment.glob("lib/python*/site-packages")
    user = None
    if os.geteuid() == 0:  # whom no permission stops: be somebody else
        user = "nobody"
    else:
        make_read_only(packages)
    run_twistd = (
        "from twisted.scripts.twistd import run; run()"  # its script may be where nobody else may read
    )
    command = [environment / "bin/python", "-c", run_twistd, "--help"]
    try:  # another user may not even come so far
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
    """Take the right to write from everybody; a temporary directory is removed all the same."""
    for path in [directory, *directory.rglob("*")]:
        if path.is_dir():
            path.chmod(0o555)
