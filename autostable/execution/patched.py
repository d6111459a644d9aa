"""Whether the source edits hold: the patched program is run by plain python, and compared with the repaired run.

It runs in a copy of its folder as that was before the run, so its outputs overwrite nothing. Absolute paths in a program
lead out of the copy, as they must: what lies there is read and written as ever.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from autostable.config import Settings
from autostable.errors import UsageError
from autostable.execution import printed, scratch
from autostable.execution.job import Outcome
from autostable.execution.signals import OUTSIDE
from autostable.execution.targets import Target
from autostable.patch import write_edits
from autostable.records import AloneRun, Edit, Figure, Proof

PATIENCE = 5.0  # so many times what the repaired run took, all attempts included, may a run of the patched program take
LEAST_SECONDS = 120.0
LOOK = 0.2  # seconds between two questions whether it may go on
_BOOT = """\
import sys
if not sys.flags.safe_path:
    del sys.path[0]
sys.path += [path for path in sys.argv[2:] if path not in sys.path]
from autostable.execution.alone import main
main()
"""
_OUTPUT = "printed.json"
_LOGGED = re.compile(
    r"[IWEF]\d{4} |[IWEF]0000 00:00:|\d{4}-\d\d-\d\d .*: [IWEF] |WARNING: All log messages before absl"
)


class _EndedError(Exception):
    """A run was ended by a signal of a scheduler or the system, which says nothing of the program."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is to be proved, and from which state of the folder.

    Attributes:
        seeds: What is added to the program's seeds, a run for each; 0 is the program as it is.
        folder: The project, or the working directory, before the run; None where it cannot be copied.
        here: The working directory, from there.
        why: Says why it cannot be copied.
    """

    seeds: tuple[int, ...] = ()
    folder: scratch.Folder | None = None
    here: Path = Path()
    why: str = ""


def asked_for(settings: Settings, mode: str, cwd: Path) -> Asked:
    """What the settings ask to have proved; to be called before the run, which may change the folder."""
    own = (0,) if settings.fix or settings.check else ()
    seeds = (*own, *range(1, settings.verify + 1)) if mode == "run" else ()
    if not seeds:
        return Asked()
    for root in dict.fromkeys((project_of(cwd), cwd)):  # a script may read ../data
        try:
            return Asked(seeds, scratch.before(root, settings.run_dir), cwd.relative_to(root))
        except scratch.TooLargeError as error:
            why = str(error)
    return Asked(seeds, why=why)


def project_of(folder: Path) -> Path:
    """The nearest folder around one that looks like the root of a project, short of the user's home; else the folder."""
    home = Path.home()
    for each in (folder, *folder.parents):
        if each in (home, *home.parents):
            break
        if any((each / name).exists() for name in (".git", "pyproject.toml", "setup.py", ".hg")):
            return each
    return folder


def proof_of(
    edits: Sequence[Edit], asked: Asked, target: Target, repaired: Outcome, *, seconds: float, homes: Sequence[str],
    scale: float = 0.0, go_on: Callable[[], None] = lambda: None,
) -> Proof:  # fmt: skip
    """Run the patched program as often as is asked.

    Args:
        edits: All of its edits.
        asked: See `asked_for`.
        target: What was run.
        repaired: The repaired run, with what it printed.
        seconds: How long that took, all attempts included.
        homes: Where autostable lies.
        scale: The loss of a constant, or the one that the last training began with.
        go_on: Raises where nothing more is to be run; asked now and then.
    """
    if not all(edit.complete for edit in edits):
        return Proof(None, why="the edits are incomplete")
    if asked.folder is None:
        return Proof(None, why=asked.why)
    if not target.source().resolve().is_relative_to(asked.folder.root.resolve()):
        return Proof(None, why=f"the script lies outside of {asked.folder.root}")
    runs: list[AloneRun] = []
    places = 0
    limit = max(LEAST_SECONDS, PATIENCE * seconds)
    try:
        for seed in asked.seeds:
            with tempfile.TemporaryDirectory(prefix="autostable-patched-") as name:
                copy = Path(name).resolve() / "program"
                asked.folder.copied(copy)
                write_edits(edits, copy / asked.here)
                run, seeds = _run(target, asked, copy, repaired, seed, limit, homes, scale, go_on)
                places += seeds
                runs.append(run)
    except _EndedError as ended:
        return Proof(None, tuple(runs), why=str(ended))
    except (OSError, UsageError) as error:
        return Proof(None, tuple(runs), why=f"the copy of the folder could not be made ({error})")
    others = [run for run in runs if run.seed]
    varied = None if not others else _varied(others, places)
    if any(not run.holds for run in runs):
        return Proof(False, tuple(runs), varied)
    if not any(run.figures for run in runs):
        return Proof(None, tuple(runs), varied, "it came to its end, but shows no figure that could be compared")
    return Proof(True, tuple(runs), varied)


def _varied(runs: Sequence[AloneRun], places: int) -> bool:
    """Whether other seeds made a difference: a program may set them where no one sees it, or draw nothing."""
    came_to = {tuple((figure.name, figure.alone) for figure in run.figures) for run in runs}
    own = {tuple((figure.name, figure.repaired) for figure in run.figures) for run in runs}
    return len(came_to) > 1 or (bool(places) and came_to != own)


def _run(
    target: Target, asked: Asked, copy: Path, repaired: Outcome, seed: int, limit: float, homes: Sequence[str],
    scale: float, go_on: Callable[[], None],
) -> tuple[AloneRun, int]:  # fmt: skip
    """Run it once; gives how many places of it set a seed, too, where these are to be others."""
    assert asked.folder is not None
    root = asked.folder.root
    job, result = copy.parent / "job.json", copy.parent / _OUTPUT
    name = target.path_or_name
    if target.kind == "script":  # as it was typed, where that leads into the copy
        given = Path(name)
        name = str(copy / given.resolve().relative_to(root.resolve())) if given.is_absolute() else name
    job.write_text(json.dumps({
        "kind": target.kind, "name": name, "arguments": list(target.arguments), "result": str(result),
        "root": str(copy), "other_seeds": seed,
    }), encoding="utf-8")  # fmt: skip
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _BOOT, str(job), *homes], cwd=copy / asked.here, env=_environment(root, copy),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        errors="replace",
    )  # fmt: skip
    try:
        shown = _awaited(process, began + limit, go_on)
    except subprocess.TimeoutExpired:
        took = time.monotonic() - began
        return AloneRun(seed, None, round(took, 2), holds=False, why=f"it had not ended after {limit:.0f} s"), 0
    go_on()  # what has ended it may have been meant for both
    if -process.returncode in OUTSIDE:
        raise _EndedError(f"its run was ended by {signal.Signals(-process.returncode).name}")
    took = round(time.monotonic() - began, 2)
    text, losses, seeds = _heard(result)
    figures = printed.compared((text, losses), (repaired.printed, repaired.losses), scale=scale, other_seed=bool(seed))
    if process.returncode:
        said = next((line for line in reversed(shown.splitlines()) if line.strip() and not _LOGGED.match(line)), "")
        why = f"it ended with status {process.returncode}" + (f": {said.strip()[:300]}" if said else "")
        return AloneRun(seed, process.returncode, took, figures, False, why), seeds
    worse = [figure for figure in figures if not figure.holds]
    return AloneRun(seed, 0, took, figures, not worse, _differs(worse)), seeds


def _awaited(process: subprocess.Popen[str], deadline: float, go_on: Callable[[], None]) -> str:
    """What a program showed as errors, once it has ended; it is ended where it takes too long, or nothing more is to be run."""
    try:
        while True:
            go_on()
            try:
                return process.communicate(timeout=LOOK)[1]
            except subprocess.TimeoutExpired:
                if time.monotonic() >= deadline:
                    raise
    except BaseException:
        process.kill()
        process.wait()
        raise


def _differs(worse: Sequence[Figure]) -> str:
    if not worse:
        return ""
    return f"{worse[-1].name} is not that of the repaired run"


def _heard(result: Path) -> tuple[str, list[float], int]:
    try:
        said = json.loads(result.read_text(encoding="utf-8"))
        return str(said["printed"]), [float(loss) for loss in said["losses"]], int(said["seeds"])
    except (OSError, ValueError, KeyError):
        return "", [], 0


def _environment(root: Path, copy: Path) -> dict[str, str]:
    """That of this process; folders of the program that modules are looked for in are those of the copy."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    moved = []
    for path in filter(None, paths):
        real = Path(path).resolve()
        inside = real.is_relative_to(root.resolve()) and (copy / real.relative_to(root.resolve())).exists()
        moved.append(str(copy / real.relative_to(root.resolve())) if inside else path)
    kept = dict(os.environ)
    if moved:
        kept["PYTHONPATH"] = os.pathsep.join(moved)
    return kept
