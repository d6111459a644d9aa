"""The ending: one screen, whatever the report."""

from __future__ import annotations

import dataclasses
import io

import pytest

from autostable.records import Attempt, Cause, Code, Report, Symptom
from autostable.report import ending
from autostable.report.terminal import make_console
from tests import samples


def lines(report: Report, monkeypatch: pytest.MonkeyPatch, columns: int = 80) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    ending.render(report, make_console(stream))
    return stream.getvalue().splitlines()


REPAIRED = """\
autostable: repaired  train.py --epochs 5
seen      a gradient became non-finite at step 3 (epoch 0)
cause     unsafe-log (93% sure): the argument of log is 0 in 3 of 32 rows; the
          loss is inf there
line      train.py:8: return -tf.reduce_sum(y_true * tf.math.log(y_pred),
          axis=-1)
cured by  argument of Log at least 1e-07 at train.py:8; inputs rescaled to mean
          0, deviation 1
worth     loss inf -> 0.041
alone     patched script: test accuracy 0.9847 (repaired run 0.985)
#  run    plan                       steps   time   loss  outcome
0  first  as it is                       4  1.9 s    inf  unstable
1  probe  rate x0.1                     60  4.0 s    nan  unstable
2  probe  log bound 1e-07              125  6.2 s    2.3  unstable
3  probe  log bound 1e-07, x scaled    125  6.5 s   0.92  stable
4  full   log bound 1e-07, x scaled    500   61 s  0.041  stable
5  probe  x scaled                       9  0.8 s    nan  unstable
note      the labels were not touched
warning   data-outliers: x has 2 entries beyond 1000 times its 99th percentile
cost      1.65x one full run (823 steps), 83 s, of it 81 s training
next      autostable show --diff | patch -p1
"""


def test_a_repair_as_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(samples.repaired, monkeypatch) == REPAIRED.splitlines()


LONG = dataclasses.replace(
    samples.repaired,
    symptom=Symptom("useless", 141, 3, "loss", {"judged": "nothing was learnt " * 20}),
    causes=(Cause(Code.UNSAFE_LOG, 0.9, "what speaks for it " * 40, samples.LOG), *samples.CAUSES),
    attempts=(*samples.repaired.attempts, *(Attempt((samples.RATE,) * 5, "probe", "stable", 10**6, 1e5),) * 20),
    notes=("The report was not kept: " + "no space left " * 20,) * 3,
    files={"page": "runs/20261129T151539.700-decorated-5c519a/report.html"},
)


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("name", ["healthy", "repaired", "unrepaired", "failed", "healed", "long"])
def test_it_fits_on_a_screen(name: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = lines(LONG if name == "long" else getattr(samples, name), monkeypatch, columns)
    assert columns < 80 or len(shown) < ending.LINES
    assert columns < 80 or max(map(len, shown)) <= columns
    assert shown == [line.rstrip() for line in shown]


def test_of_many_attempts_those_in_the_middle_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = lines(dataclasses.replace(samples.repaired, attempts=LONG.attempts), monkeypatch)
    (counted,) = (line for line in shown if "more attempts" in line)
    rows = [line for line in shown if line[:2].strip().isdigit()]
    assert counted == f"   ... {len(LONG.attempts) - len(rows)} more attempts"
    assert rows[0].startswith("0  first") or rows[0].startswith(" 0  first")


def test_what_is_next(monkeypatch: pytest.MonkeyPatch) -> None:
    incomplete = tuple(dataclasses.replace(edit, complete=False) for edit in samples.repaired.edits)
    partly = dataclasses.replace(samples.repaired, edits=incomplete, files={"stable": "runs/a b/stable.json"})
    assert ending.next_command(partly) == "autostable apply 'runs/a b/stable.json' train.py --epochs 5"
    assert ending.next_command(samples.unrepaired) == "autostable explain labels-suspicious"
    assert ending.next_command(samples.healthy) == ""


def test_a_healthy_training_beside_a_plain_model_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = dataclasses.replace(samples.KNOWS, plain=0.95, model="ridge", plain_calibrated=0.9)
    shown = lines(samples.alone(beside), monkeypatch)
    assert shown[2:4] == [
        "learnt    accuracy 0.96 of 600 rows, loss as used 0.12; unseen rows 0.95; a",
        "          plain model (ridge) accuracy 0.95",
    ]


def test_what_a_cure_is_worth() -> None:
    before = dataclasses.replace(samples.BASELINE, learning=samples.KNOWS_NOTHING, loss_last=1.608)
    won = dataclasses.replace(samples.repaired.attempts[4], learning=samples.KNOWS)
    report = dataclasses.replace(samples.repaired, attempts=(before, won))
    assert ending.worth_words(report, won) == (
        "loss 1.608 -> 0.041, accuracy 0.10 -> 0.96, on unseen rows 0.95, a constant gets 1.609, "
        "a plain model (ridge) accuracy 0.95"
    )


def test_a_plan_that_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    final = samples.repaired.attempts[4:5]
    applied = Report(samples.repaired.verdict, samples.repaired.target, plan=(samples.RATE,), attempts=final)
    assert lines(applied, monkeypatch) == [
        "autostable: repaired  train.py --epochs 5",
        "It trained well.",
        "plan      learning rate times 0.1",
    ]


def test_a_search_that_was_stopped_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = ("It was stopped by Ctrl-C.", "`autostable run --resume` with the same arguments goes on from here.")
    shown = lines(dataclasses.replace(samples.unrepaired, notes=notes), monkeypatch)
    assert "cure      none yet: the search was stopped after 3 attempts" in shown
    assert "next      autostable run --resume -m package.train --lr 1" in shown


HEALED = """\
autostable: repaired  train.py --epochs 5
seen      a gradient became non-finite at step 3 (epoch 0)
cause     unsafe-log (93% sure): the argument of log is 0 in 3 of 32 rows; the
          loss is inf there
line      train.py:8: return -tf.reduce_sum(y_true * tf.math.log(y_pred),
          axis=-1)
healed    gone back 1 time, 1 batch left out, 1 remedy put on, rate lowered for
          a while 1 time (44 steps again, 26 given up), 3.1 s
plan      learning rate times 0.1 (from step 0, where it was not run yet)
worth     loss 0.041
   step  what was done, what it cost, and why
     15  back to batch 0, and on  (16 steps again, 0.4 s)
         non-finite weight; the same batches trained without harm
     40  batch 40 left out (row 1203 of the data)  (0 steps again, 0.2 s)
         non-finite loss; data-nonfinite: x holds 1 NaN
     90  back to batch 64; rate times...  (27 steps again, 26 given up, 1.5 s)
         the loss left its course
    200  back to batch 200; learning rate times 0.1  (1 step again, 1.0 s)
         non-finite gradient
note      the labels were not touched
also      1 warning: autostable show
cost      1.09x one full run (544 steps), 61 s, of it 61 s training
next      autostable apply x/stable.json train.py --epochs 5
"""
HEALED_REPORT = dataclasses.replace(samples.healed, files={"stable": "x/stable.json"})


def test_a_healed_run_as_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(HEALED_REPORT, monkeypatch) == HEALED.splitlines()


def test_of_many_interventions_reasons_give_way_and_those_in_the_middle_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = dataclasses.replace(HEALED_REPORT, interventions=samples.INTERVENTIONS * 5)
    shown = lines(many, monkeypatch)
    rows = [line for line in shown if line[:7].strip().isdigit()]
    assert f"    ...  {20 - len(rows)} more: autostable show" in shown and len(rows) >= 6 and len(shown) < ending.LINES
    assert not any(line.endswith("the loss left its course") for line in shown)


def test_a_reason_is_said_once_where_it_is_that_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    again = dataclasses.replace(samples.INTERVENTIONS[1], step=140, batch=140)
    shown = lines(dataclasses.replace(HEALED_REPORT, interventions=(samples.INTERVENTIONS[1], again)), monkeypatch)
    assert sum("x holds 1 NaN" in line for line in shown) == 1


def test_nothing_is_applied_where_no_plan_holds_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "From step 0: no remedy is known to do what leaving out one batch did."
    empty = dataclasses.replace(
        HEALED_REPORT, plan=(), plans={}, notes=(said,), interventions=samples.INTERVENTIONS[1:2]
    )
    shown = lines(empty, monkeypatch)
    assert ending.apply_command(empty) == "" and ending.next_command(empty) == "autostable explain unsafe-log"
    assert f"note      {said}" in shown and not any(line.startswith("plan") for line in shown)
    handed = dataclasses.replace(empty, plans={"0": (samples.RATE,)})  # in force was nothing
    assert "plan      learning rate times 0.1 (from step 0, where it was not run yet)" in lines(handed, monkeypatch)


def test_a_plan_that_was_verified_is_not_called_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = dataclasses.replace(HEALED_REPORT, notes=("The plan held in 2 of 2 fresh runs.",))
    assert "plan      learning rate times 0.1" in lines(verified, monkeypatch)
