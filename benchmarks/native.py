"""Small C programs, compiled when they are first needed."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_HERE = Path(__file__).parent
_FLAGS = ("-O3", "-march=native", "-std=gnu11", "-Wall", "-Wextra")


class CannotMeasure(SystemExit):
    """A requirement is missing or failed; the only argument is a sentence that says which."""


def compiled(name: str) -> str:
    """Return the path of the program that `benchmarks/NAME.c`, or all of `benchmarks/NAME/`, compiles to.

    Raises:
        CannotMeasure: there is no C compiler, or it fails.
    """
    sources = sorted((_HERE / name).glob("*.c")) or [_HERE / f"{name}.c"]
    program = _cache() / f"{name}-{_fingerprint([*sources, *sorted((_HERE / name).glob('*.h'))])}"
    if not program.exists():
        _compile(sources, program)
    return str(program)


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    directory = Path(home) / "classchat-benchmarks"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _fingerprint(files: Sequence[Path]) -> str:
    """Return a fingerprint of a program's files, the flags and the machine."""
    parts = (
        *(file.read_bytes() for file in files),
        *(part.encode() for part in (*_FLAGS, *platform.uname())),
    )
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _compile(sources: Sequence[Path], program: Path) -> None:
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise CannotMeasure(
            "benchmarks: the load is a C program, and there is no C compiler here: install gcc or clang"
            " (Debian: apt-get install gcc libc6-dev), or name yours in CC."
        )
    unfinished = program.with_suffix(f".{os.getpid()}")
    command = [compiler, *_FLAGS, "-o", str(unfinished), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 (ours)
    if done.returncode:
        raise CannotMeasure(f"benchmarks: {' '.join(command)} failed:\n{done.stderr}")
    unfinished.replace(program)  # two that compile at once both get a whole program
