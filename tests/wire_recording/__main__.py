"""Compare what this code sends with the recording, or record it."""

from __future__ import annotations

import argparse
import sys
import warnings

from twisted.logger import globalLogBeginner

from tests.wire_recording.comparison import RECORDED, Comparison
from tests.wire_recording.intended import INTENDED
from tests.wire_recording.scenes import all_scenes


def main() -> None:
    """Compare or record; exit with 1 if there are unintended differences."""
    parser = argparse.ArgumentParser(prog="python -m tests.wire_recording", description=__doc__)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help="which ones (all)")
    parser.add_argument("--record", action="store_true", help="replace the recording")
    chosen = parser.parse_args()
    warnings.simplefilter("error")
    globalLogBeginner.beginLoggingTo([lambda _: None], redirectStandardIO=False, discardBuffer=True)
    scenes = all_scenes()
    names = chosen.scenes or sorted(scenes)
    if chosen.record and not chosen.scenes:
        for path in RECORDED.glob("*.txt"):
            path.unlink()
    comparison = Comparison(INTENDED)
    differences: list[str] = []
    for name in names:
        text = scenes[name].play()
        if chosen.record:
            (RECORDED / f"{name}.txt").write_bytes(text.encode())
        else:
            differences += comparison.with_recording(name, text, later=scenes[name].later)
    if not (chosen.record or chosen.scenes):
        differences += [f"not in use: {difference}" for difference in comparison.unused()]
    for difference in differences:
        print(difference)
    print(f"{len(names)} scenes, {'recorded' if chosen.record else f'{len(differences)} differences'}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
