"""How the numbers of the judgement divide faulty, mended and healthy programs, how firm its verdicts are, what it costs.

    python -m benchmarks.judgement FOLDER ... [--data DIR] [--only N] [--variants N] [--kept FILE] [--table FILE] [--write]

Each folder holds cases (tests/cases/README.md): `train.py` of those that are finite and useless should be a suspect at
least, their `fixed.py` and every healthy program healthy. All are run once under watch, nothing is repaired; what was
seen of each run is then judged anew with one number moved at a time. With --variants the first N healthy programs are
run with harmless plans as well (another seed, another order of batches, a clip that never binds, a rate times 0.9 or
1.1): none may change their verdict. --table writes the statements of every program into a file; with --write the tables
go into RESULTS.md; --kept keeps what was measured, and goes on from there. --only takes every Nth case.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.attempts import Case, cases
from benchmarks.cases import environment, put

BEGIN, END = "<!-- judgement: begin -->", "<!-- judgement: end -->"
MOVED = {
    "SIGNAL": (2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0),
    "REACH": (0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    "LOST": (0.02, 0.05, 0.1, 0.2, 0.3, 0.4),
    "SURELY": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
    "TWICE": (1.2, 1.5, 2.0, 3.0, 4.0),
}
STATEMENTS = ("finite", "bounded", "within", "signal", "skill", "finds", "reach", "falling", "unseen")
GAINS = (0.025, 0.05, 0.1, 0.2, 0.4)
VARIANTS = {
    **{f"seed {seed}": {"seed": seed} for seed in range(1, 6)},
    **{f"order {order}": {"order": order} for order in (1, 2)},
    "clip": {"clip": 1e9},
    "rate x0.9": {"rate": 0.9},
    "rate x1.1": {"rate": 1.1},
    "rate x0.9, seed 8": {"rate": 0.9, "seed": 8},
    "rate x1.1, seed 9": {"rate": 1.1, "seed": 9},
}
Row = dict[str, Any]


# -- within the process of one program ----------------------------------------------------------------


def watch(program: str, out: str, variant: str) -> None:
    """Run a program under watch and write down how each of its trainings is judged."""
    import keras

    from autostable.orders import Orders
    from autostable.training import hooks
    from autostable.training.session import Session, Unstable

    changes = VARIANTS.get(variant, {})
    if "seed" in changes:
        drawn = keras.utils.set_random_seed
        keras.utils.set_random_seed = lambda seed: drawn(seed + 1000 * changes["seed"])
    rows: list[Row] = []
    session = Session(Orders(repair=False, stop_unhealthy=False))
    ended = "whole"
    with _judgements(rows, forced=not variant), _optimizers(changes), _orders(changes.get("order", 0)):
        hooks.arm(session)
        began, cpu = time.perf_counter(), time.process_time()
        try:
            sys.argv = [program]
            runpy.run_path(program, run_name="__main__")
            session.loop.finish()
        except (Unstable, SystemExit) as error:
            ended = type(error).__name__
        except Exception as error:
            ended = f"{type(error).__name__}: {error}"
        finally:
            hooks.disarm()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    kinds = [story.symptom.kind for story in session.stories if story.symptom is not None]
    value = {
        "rows": rows,
        "seconds": seconds,
        "cpu": cpu,
        "audits": session.audits.spent,
        "ended": ended,
        "kinds": kinds,
    }
    Path(out).write_text(json.dumps(value), encoding="utf-8")


@contextlib.contextmanager
def _optimizers(changes: dict[str, Any]) -> Iterator[None]:
    """Every optimizer is made with a harmless change."""
    import keras

    made = keras.optimizers.Optimizer.__init__

    def changed(self: Any, learning_rate: Any, *args: Any, **kwargs: Any) -> None:
        if "rate" in changes and isinstance(learning_rate, float):
            learning_rate *= changes["rate"]
        given = [kwargs.get(name) for name in ("clipnorm", "clipvalue", "global_clipnorm")]
        if "clip" in changes and not any(given):
            kwargs["global_clipnorm"] = changes["clip"]
        made(self, learning_rate, *args, **kwargs)

    with mock.patch.object(keras.optimizers.Optimizer, "__init__", changed):
        yield


@contextlib.contextmanager
def _orders(order: int) -> Iterator[None]:
    """Every fit that shuffles does so from another order of its rows, every pipeline by another seed; 0: as they do."""
    import keras
    import numpy as np
    import tensorflow as tf

    fit, shuffle = keras.Model.fit, tf.data.Dataset.shuffle

    def fitted(self: Any, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        plain = isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and kwargs.get("shuffle", True)
        if plain and not kwargs.get("validation_split") and kwargs.get("sample_weight") is None:
            rows = np.random.default_rng(order).permutation(len(x))
            x, y = x[rows], y[rows]
        return fit(self, x, y, *args, **kwargs)

    def shuffled(self: Any, buffer_size: Any, seed: Any = None, *args: Any, **kwargs: Any) -> Any:
        return shuffle(self, buffer_size, order + (seed or 0), *args, **kwargs)

    with contextlib.ExitStack() as patches:
        if order:
            patches.enter_context(mock.patch.object(keras.Model, "fit", fitted))
            patches.enter_context(mock.patch.object(tf.data.Dataset, "shuffle", shuffled))
        yield


@contextlib.contextmanager
def _judgements(rows: list[Row], *, forced: bool) -> Iterator[None]:
    """Have every judgement of a run written down, and made anew with each number moved.

    Args:
        rows: Where to.
        forced: Fit plain models even where they could not change what is said: with another number they might.
    """
    from autostable.judgement import bounds, output
    from autostable.training.examine.judge import Judge

    of_course = bounds.bounded
    last: list[Any] = []

    def remembered(*args: Any, **kwargs: Any) -> Any:
        last[:] = [args, kwargs]
        return of_course(*args, **kwargs)

    def wrapped(original: Any) -> Any:
        def judged(self: Any, run: Any, *args: Any, **kwargs: Any) -> Any:
            began, cpu = time.perf_counter(), time.process_time()
            found = original(self, run, *args, **kwargs)
            spent = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "run": run.seconds}
            known = last and len(found.seen) == len(found.statements)  # of some loops only a replayed step is known
            states = _states(found, run, lambda: of_course(*last[0], **last[1])) if known else {}
            rows.append({**spent, **_figures(found), "steps": len(run.losses), "states": states})
            return found

        return judged

    always = mock.patch.object(output, "needs_reference", lambda seen, told: seen.kind is not None)
    with (
        mock.patch.object(bounds, "bounded", remembered),
        mock.patch.object(Judge, "judged", wrapped(Judge.judged)),
        mock.patch.object(Judge, "judged_by_signal", wrapped(Judge.judged_by_signal)),
        always if forced else contextlib.nullcontext(),
    ):
        yield


def _figures(judged: Any) -> Row:
    place = judged.judgement.output
    told = judged.statements[place]
    record = judged.learning
    return {
        "state": judged.judgement.state.name.lower(), "reason": judged.judgement.reason.value,
        **{name: getattr(told, name).figure for name in ("bounded", "within", "signal", "skill", "finds", "reach")},
        "told": {
            field.name: value if isinstance(value, bool) else [value.answer.value, value.figure, value.why]
            for field in dataclasses.fields(told)
            for value in (getattr(told, field.name),)
        },
        "calibrated": None if record is None else record.calibrated,
        "unseen": None if record is None else record.unseen_calibrated,
    }  # fmt: skip


def _states(judged: Any, run: Any, bounded: Any) -> dict[str, list[str]]:
    """The state for each value of each number that is moved."""
    from autostable.judgement import levels, verdict
    from autostable.training.examine.judge import statements_of

    found: dict[str, list[str]] = {}
    for name, values in MOVED.items():
        found[name] = []
        for value in values:
            with mock.patch.object(levels, name, value):
                moved = dataclasses.replace(run, bounded=bounded())
                told = [
                    dataclasses.replace(statements_of(seen, place, moved), plain_fault=old.plain_fault)
                    for place, (seen, old) in enumerate(zip(judged.seen, judged.statements, strict=True))
                ]
                unseen = verdict.Statements(finite=judged.statements[0].finite, bounded=moved.bounded)
                found[name].append(verdict.judge(told or [unseen]).state.name.lower())
    return found


# -- over all programs -----------------------------------------------------------------------------------


def measured(case: Case, script: str, python: str, variant: str = "") -> Row:
    """What one program shows."""
    with tempfile.TemporaryDirectory(prefix="judgement-") as scratch:
        out = Path(scratch) / "out.json"
        program = [str(case.folder / script), "--watch", str(out), "--variant", variant]
        try:
            done = subprocess.run(
                [python, "-m", "benchmarks.judgement", *program], cwd=scratch, env=environment(case), stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=600,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"rows": [], "ended": "not within 600 s", "kinds": []}
        if not out.exists():
            return {"rows": [], "ended": f"status {done.returncode}: {done.stderr[-200:]}", "kinds": []}
        found: Row = json.loads(out.read_text(encoding="utf-8"))
    return found


def wanted(folders: Sequence[Path], data: Path | None, every: int = 1) -> list[tuple[Case, str, str]]:
    """Programs, and what each is: "faulty", "mended" or "healthy"."""
    found = []
    for folder in folders:
        for case in cases(folder, data)[::every]:
            if case.control:
                found.append((case, "train.py", "healthy"))
            elif case.facts["class"] == "bad":
                found += [(case, "train.py", "faulty"), (case, "fixed.py", "mended")]
    return found


ORDER = {"healthy": 0, "suspect": 1, "sick": 2}


def state_of(found: Row, name: str | None = None, place: int = 0) -> str:
    """The worst state of all trainings of a program; of one that did not come to be judged, by its symptom."""
    states = ["sick"] if found["kinds"] and not found["rows"] else ["healthy"]
    for row in found["rows"]:
        states.append(row["states"][name][place] if name is not None and row["states"] else row["state"])
    return max(states, key=ORDER.__getitem__)


def tables(rows: dict[str, Row]) -> str:
    """All tables, in Markdown."""
    groups = {
        kind: {key: row for key, row in rows.items() if row["what"] == kind and not row["variant"]}
        for kind in ("faulty", "mended", "healthy")
    }
    told = ["| programs | sick | suspect | healthy |", "|---|---:|---:|---:|"]
    for kind, found in groups.items():
        states = [state_of(row) for row in found.values()]
        counts = [str(states.count(state)) for state in ("sick", "suspect", "healthy")]
        told.append(f"| {len(found)} {kind} | {' | '.join(counts)} |")
    told += ["", *_answers(groups)]
    told += ["", "Right (faulty: sick or suspect; the others: not sick) as one number moves; the value in use is bold:",
             "", "| number |" + " value: faulty, mended, healthy |" * 7, "|---|" + "---|" * 7]  # fmt: skip
    told += [_moved(name, groups) for name in MOVED]
    told += ["", _gains(rows, groups), "", _firmness(rows), "", _cost(rows)]
    return "\n".join(told)


def _answers(groups: dict[str, dict[str, Row]]) -> list[str]:
    """How often each statement says what, and the quartiles of the figures that it rests on."""
    head = "| statement |" + "".join(f" {kind}: yes, no, unknown | {kind}: quartiles |" for kind in groups)
    told = [head, "|---|" + "---|---|" * len(groups)]
    for name in STATEMENTS:
        cells = []
        for found in groups.values():
            said = [row["rows"][-1]["told"][name] for row in found.values() if row["rows"]]
            counts = [sum(answer == word for answer, *_ in said) for word in ("yes", "no", "cannot be told")]
            figures = sorted(
                figure for _, figure, _ in said if isinstance(figure, int | float) and math.isfinite(figure)
            )
            quarters = [figures[len(figures) * part // 4] for part in (1, 2, 3)] if len(figures) > 3 else []
            cells += [", ".join(map(str, counts)), ", ".join(f"{figure:.3g}" for figure in quarters)]
        told.append(f"| {name} | {' | '.join(cells)} |")
    return told


def table(rows: dict[str, Row]) -> str:
    """The statements of every program's last training, one line each, columns divided by tabs."""
    lines = ["\t".join(["program", "what", "state", *STATEMENTS])]
    for row in rows.values():
        if row["variant"] or not row["rows"]:
            continue
        said = row["rows"][-1]["told"]
        answers = [f"{said[name][0]} {_short(said[name][1])}".strip() for name in STATEMENTS]
        lines.append("\t".join(["/".join(row["of"].split("/")[-2:]), row["what"], state_of(row), *answers]))
    return "\n".join(lines) + "\n"


def _short(figure: Any) -> str:
    return f"{figure:.4g}" if isinstance(figure, int | float) else ""


def _moved(name: str, groups: dict[str, dict[str, Row]]) -> str:
    from autostable.judgement import levels

    cells = []
    for place, value in enumerate(MOVED[name]):
        right = []
        for kind, found in groups.items():
            states = [state_of(row, name, place) for row in found.values()]
            right.append(sum((state != "healthy") if kind == "faulty" else (state != "sick") for state in states))
        text = f"{value:g}: {', '.join(map(str, right))}"
        cells.append(f"**{text}**" if value == getattr(levels, name) else text)
    return f"| {name} | " + " | ".join(cells + [""] * (7 - len(cells))) + " |"


def _gains(rows: dict[str, Row], groups: dict[str, dict[str, Row]]) -> str:
    """What share of the human fixes, and of the harmless plans, gains as much."""
    fixes = [
        gained
        for key, row in groups["faulty"].items()
        if (gained := _gain(row, rows.get(key.replace("train.py", "fixed.py")))) is not None
    ]
    harmless = [
        gained for row in rows.values() if row["variant"] and (gained := _gain(rows.get(row["of"]), row)) is not None
    ]
    told = ["| DELTA | " + " | ".join(f"{value:g}" for value in GAINS) + " |", "|---|" + "---:|" * len(GAINS)]
    for name, found in (("human fixes", fixes), ("harmless plans", harmless)):
        counts = [sum(gained >= value for gained in found) for value in GAINS]
        told.append(f"| {len(found)} {name} gain as much | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(told)


def _gain(before: Row | None, after: Row | None) -> float | None:
    """By the calibrated measure, on unseen rows where both have them; None where it does not apply."""
    if not before or not after or not before["rows"] or not after["rows"]:
        return None
    first, second = before["rows"][-1], after["rows"][-1]
    for name in ("unseen", "calibrated", "skill"):
        if first.get(name) is not None and second.get(name) is not None:
            return float(second[name] - first[name])
    return None


def _firmness(rows: dict[str, Row]) -> str:
    varied = [row for row in rows.values() if row["variant"]]
    told = []
    for state in ("sick", "suspect"):
        changed = [row for row in varied if state_of(row) == state]
        names = sorted({f"{row['of'].split('/')[-2]} ({row['variant']})" for row in changed})
        told.append(f"{len(changed)} {state}" + (f" ({', '.join(names)})" if names else ""))
    return f"{len(varied)} runs of healthy programs with a harmless plan: {', '.join(told)}, the rest healthy."


def _cost(rows: dict[str, Row]) -> str:
    """What judging costs, of runs without forced plain models."""
    runs = [row for row in rows.values() if row["variant"] and row["rows"]]
    if not runs:
        return "The cost is measured with --variants."
    spent = sorted((sum(each["seconds"] for each in row["rows"]) + row["audits"], row["seconds"]) for row in runs)
    cpu = sorted(sum(each["cpu"] for each in row["rows"]) for row in runs)
    beyond = sum(seconds > max(0.3, 0.02 * whole) for seconds, whole in spent)
    return (f"Judging and audits of {len(runs)} of these runs: median {spent[len(spent) // 2][0]:.2f} s, most "
            f"{spent[-1][0]:.2f} s ({cpu[-1]:.2f} CPU s); {beyond} beyond 2 % of the run and 0.3 s.")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("CASE_DATA"))
    parser.add_argument("--only", type=int, default=1, help="every Nth case of each folder")
    parser.add_argument("--table", type=Path, help="where the statements of every program go")
    parser.add_argument("--variants", type=int, default=0, help="of so many healthy programs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--watch", help=argparse.SUPPRESS)
    parser.add_argument("--variant", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.watch:
        watch(str(arguments.folders[0]), arguments.watch, arguments.variant)
        return 0
    from tests import warm

    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OMP_NUM_THREADS="1")
    python = warm.python()
    chosen = wanted(arguments.folders, arguments.data, arguments.only)
    todo = [(case, script, what, "") for case, script, what in chosen]
    healthy = [each for each in todo if each[2] == "healthy"][: arguments.variants]
    todo += [(case, script, what, variant) for case, script, what, _ in healthy for variant in VARIANTS]
    kept = arguments.kept
    rows: dict[str, Row] = json.loads(kept.read_text(encoding="utf-8")) if kept and kept.exists() else {}

    def one(each: tuple[Case, str, str, str]) -> tuple[str, Row]:
        case, script, what, variant = each
        program = f"{case.folder}/{script}"
        key = f"{program} {variant}".strip()
        if key in rows:
            return key, rows[key]
        found = measured(case, script, python, variant)
        print(state_of(found), what, key, found["ended"], flush=True)
        return key, {**found, "what": what, "variant": variant, "of": program}

    with ThreadPoolExecutor(arguments.jobs) as pool:
        for key, row in pool.map(one, todo):
            rows[key] = row
            if kept:
                kept.write_text(json.dumps(rows), encoding="utf-8")
    text = tables(rows)
    print(text)
    if arguments.table:
        arguments.table.write_text(table(rows), encoding="utf-8")
    if arguments.write:
        head = f"## The judgement\n\n`python -m benchmarks.judgement FOLDER ... --variants N --write`, over {len(todo)} runs."
        put(f"{head}\n\n{text}", BEGIN, END)
    return 0


if __name__ == "__main__":
    sys.exit(main())
