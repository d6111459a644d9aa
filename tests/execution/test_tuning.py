"""`--tune N`: keras-tuner's oracles over a program's plans, first a pretended program, then real ones."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from autostable.execution import oracles
from autostable.execution.job import Outcome
from autostable.execution.space import Dial, Space, space_of
from autostable.execution.tuning import Tuned, tuned
from autostable.orders import Orders
from autostable.records import Attempt, Plan, Remedy, Verdict, to_json
from autostable.story import Story
from tests.execution.conftest import Run
from tests.execution.test_space import CLIPS, RATES, story
from tests.execution.test_trainings import HEAD

pytestmark = pytest.mark.slow

FOUND = 1
Write = Callable[[str, str], Path]


@dataclasses.dataclass
class Program:
    """Pretends to be run: its loss by the strength of its learning rate's remedy; None is unstable."""

    losses: list[float | BaseException | None]
    runs: list[tuple[int, bool]] = dataclasses.field(default_factory=list)

    def run(self, orders: Orders, quiet: bool) -> Outcome:
        plan: Plan = orders.plans["0"]
        level = [to_json(rate) for rate in RATES].index(to_json(plan[0]))
        self.runs.append((level, quiet))
        loss = self.losses[level]
        if isinstance(loss, BaseException):
            return Outcome("interrupted", 130)
        outcome = "unstable" if loss is None else "stable"
        verdict = Verdict.UNREPAIRED if loss is None else Verdict.REPAIRED
        attempt = Attempt(plan, "full", outcome, 48, 0.01, yardstick=loss, why="" if loss else "it rises")
        ended = "finished" if loss else "unstable"
        return Outcome(ended, 0, (Story(0, "fit", verdict, plan=plan, attempts=(attempt,)),))

    def tuned(self, folder: Path, runs: int = 9, seconds: float | None = None, found: float = 0.5) -> Tuned:
        self.runs.clear()
        return tuned(
            [story(RATES[FOUND], loss=found)],
            self.run,
            Orders(),
            runs=runs,
            folder=folder,
            identity="x",
            seconds=seconds,
        )


def test_every_strength_is_tried_and_the_best_is_run_last_and_shown(tmp_path: Path) -> None:
    program = Program([0.6, 0.5, 0.4, 0.3, 0.7, 0.8])
    found = program.tuned(tmp_path)
    assert sorted(program.runs[:-1]) == [(level, True) for level in (0, 2, 3, 4, 5)]
    assert program.runs[-1] == (3, False)
    (told,) = found.stories
    assert told.plan == (RATES[3],) and len(told.attempts) == 7 and told.attempts[-1].plan == (RATES[3],)
    assert found.note == (
        "Tuning tried 5 of 5 other strengths of the plan; the best: learning rate times 0.01, loss 0.3 in place of 0.5."
    )


def test_the_same_command_runs_no_trial_again(tmp_path: Path) -> None:
    program = Program([0.6, 0.5, 0.4, 0.3, 0.7, 0.8])
    program.tuned(tmp_path)
    again = program.tuned(tmp_path)
    assert program.runs == [(3, False)] and again.stories[0].plan == (RATES[3],)
    assert "5 of 5" in again.note and "5 in earlier runs" in again.note


def test_more_runs_go_on_where_fewer_ended(tmp_path: Path) -> None:
    program = Program([0.6, 0.5, 0.4, 0.3, 0.7, 0.8])
    program.tuned(tmp_path, runs=3)
    first = [level for level, quiet in program.runs if quiet and level != FOUND]
    assert len(first) == 3
    program.tuned(tmp_path, runs=5)
    second = [level for level, quiet in program.runs if quiet and level != FOUND]
    assert sorted(first + second) == [0, 2, 3, 4, 5]


def test_failures_in_a_row_do_not_end_the_search(tmp_path: Path) -> None:
    program = Program([None, 0.5, None, None, None, 0.1])
    found = program.tuned(tmp_path)
    assert found.stories[0].plan == (RATES[5],) and "(4 did not hold)" in found.note


def test_where_none_is_clearly_better_the_found_plan_has_the_last_run(tmp_path: Path) -> None:
    program = Program([None, 0.5, 0.49, None, 0.6, 0.7])
    found = program.tuned(tmp_path)
    assert program.runs[-1] == (FOUND, True) and len(program.runs) == 6
    assert found.stories[0].plan == (RATES[FOUND],)
    assert found.note.endswith("(2 did not hold); none is clearly better than the one found.")


def test_a_best_that_does_not_hold_again_leaves_the_found_plan(tmp_path: Path) -> None:
    program = Program([0.6, 0.5, 0.4, 0.3, 0.7, 0.8])
    program.tuned(tmp_path)
    program.losses[3] = None
    found = program.tuned(tmp_path)
    assert program.runs == [(3, False), (FOUND, True)]
    assert found.stories[0].plan == (RATES[FOUND],) and "no better when run again" in found.note


def test_an_interrupt_keeps_the_found_plan_and_the_next_search_goes_on(tmp_path: Path) -> None:
    program = Program([0.6, 0.5, 0.4, KeyboardInterrupt(), 0.7, 0.8])
    found = program.tuned(tmp_path)
    before = [level for level, _ in program.runs]
    assert found.interrupted and found.stories[0].plan == (RATES[FOUND],) and before[-1] == 3
    assert "interrupted" in found.note
    program.losses[3] = 0.3
    again = program.tuned(tmp_path)
    assert again.stories[0].plan == (RATES[3],)
    assert sorted(before[:-1] + [level for level, quiet in program.runs if quiet]) == [0, 2, 3, 4, 5]


def test_without_time_nothing_is_run(tmp_path: Path) -> None:
    program = Program([0.6, 0.5, 0.4, 0.3, 0.7, 0.8])
    found = program.tuned(tmp_path, seconds=0.0)
    assert program.runs == [] and "tried 0 of 5" in found.note


def test_a_damaged_project_is_begun_anew_and_no_run_is_spent_twice(tmp_path: Path) -> None:
    program = Program([0.6, 0.5, 0.4, 0.3, 0.7, 0.8])
    program.tuned(tmp_path, runs=3)
    first = [level for level, quiet in program.runs if quiet and level != FOUND]
    for file in tmp_path.rglob("oracle.json"):
        file.write_text("{")
    program.tuned(tmp_path, runs=5)
    second = [level for level, quiet in program.runs if quiet and level != FOUND]
    assert sorted(first + second) == [0, 2, 3, 4, 5]


@pytest.mark.parametrize("kind", ["bayesian", "random"])
def test_oracles_never_propose_a_point_twice_and_are_reloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(oracles, "kind_for", lambda space, runs: kind)
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")  # the user's script may be a worker of some search
    space = space_of([story(RATES[1], CLIPS[0])])
    assert oracles.kind_for(space, 3) == kind
    seen: list[dict[str, int]] = []
    for _ in range(2):
        oracle = oracles.opened(space, 6, 0, tmp_path)
        for _ in range(space.size // 2):
            trial = oracles.asked(oracle)
            seen.append(trial.hyperparameters.values)
            oracles.answer(oracle, trial, None if len(seen) % 3 == 0 else float(sum(seen[-1].values())), "unstable")
    assert seen[0] == next(space.points())
    assert len(seen) == len({tuple(sorted(each.items())) for each in seen}) == 2 * (space.size // 2)
    assert oracles.asked(oracle) is None
    assert {trial.status for trial in oracle.trials.values()} == {"COMPLETED", "FAILED"}


def test_the_oracle_suits_the_space() -> None:
    dials = tuple(Dial(0, place, tuple(Remedy("x", {"by": by}) for by in range(4)), 0) for place in range(2))
    space = Space({"0": tuple(dial.strengths[0] for dial in dials)}, dials)
    assert oracles.kind_for(space, 15) == "grid"
    assert oracles.kind_for(space, 14) in ("bayesian", "random")


# -- real programs ----------------------------------------------------------------------------------

TOO_FAST = HEAD + """
    with open("runs.log", "a") as log:
        log.write("x")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(3.0), "mse")
    model.fit(x, y, epochs=4, batch_size=32, verbose=0)
    print("loss", model.evaluate(x, y, verbose=0))
"""  # fmt: skip


def the_report(folder: Path) -> dict[str, object]:
    (latest,) = sorted((folder / ".autostable" / "runs").iterdir())[-1:]
    report: dict[str, object] = json.loads((latest / "report.json").read_text())
    return report


def test_a_program_is_tuned_and_the_same_command_resumes(warm_autostable: Run, write: Write, tmp_path: Path) -> None:
    path = write("train.py", TOO_FAST)
    done = warm_autostable("run", "--tune", "2", path.name)
    assert done.returncode == 0, done.stderr
    report = the_report(tmp_path)
    attempts = report["attempts"]
    assert isinstance(attempts, list)
    ran = len((tmp_path / "runs.log").read_text())  # the repaired one, two trials, the last one
    assert ran == 4 and len(attempts) == 2 + 3
    fulls = [each for each in attempts if each["kind"] == "full" and each["outcome"] == "stable"]
    assert fulls[-1]["plan"] == report["plan"]
    assert fulls[-1]["yardstick"] <= min(each["yardstick"] for each in fulls)
    notes = report["notes"]
    assert isinstance(notes, list) and any("Tuning tried 2 of 5" in note for note in notes)
    projects = list((tmp_path / ".autostable" / "tuning").glob("*/*/oracle.json"))
    assert len(projects) == 1

    done = warm_autostable("run", "--tune", "2", path.name)
    assert done.returncode == 0, done.stderr
    again = the_report(tmp_path)
    assert again["plan"] == report["plan"]
    assert isinstance(again["notes"], list) and any("2 in earlier runs" in note for note in again["notes"])
    changed = report["plan"] != attempts[1]["plan"]
    assert len((tmp_path / "runs.log").read_text()) == ran + 1 + changed  # no trial; the best once more


def test_a_function_is_tuned(run: Run, write: Write) -> None:
    body = textwrap.indent(textwrap.dedent(TOO_FAST), "    ")
    path = write(
        "call.py",
        "import autostable\n\n@autostable.stabilize(tune=2)\ndef train():\n"
        + body
        + "\n    return model.get_weights()[0].sum()\n\n"
        + "value = train()\nreport = train.report\n"
        + "print('note', *report.notes)\nprint('attempts', len(report.attempts))\n",
    )
    done = run(path.name)
    assert done.returncode == 0, done.stderr
    assert "Tuning tried 2 of 5" in done.stdout and "attempts 5" in done.stdout
