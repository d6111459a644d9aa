"""What was learnt, of baseline and winner, in figures that people know: shared by terminal and page."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from autostable.figures import loss_figure
from autostable.judgement import levels, verdict
from autostable.judgement.verdict import Reason
from autostable.records import Attempt, Code, Learning, Report, State, SymptomKind, Verdict

# What stands behind the figures of a run; of one that has learnt they speak for themselves.
_SHORT = {
    Reason.NOT_FINITE: "not finite",
    Reason.NOT_BOUNDED: "not bounded",
    Reason.ABOVE_CONSTANT: "far above a constant",
    Reason.ENDLESS: "falls without end",
    Reason.BLIND_LOSS: "the loss does not see which target is whose",
    Reason.ONE_CLASS: "all labels are equal",
    Reason.TURNED: "the loss is the wrong way round",
    Reason.BEYOND: "answers beyond the targets pay",
    Reason.ONE_SIDED: "one answer for all is as good",
    Reason.COPIES: "copies what it is shown",
    Reason.PEEKS: "shown what it is to foretell",
    Reason.ASTRAY: "some targets are not what they say",
    Reason.LOST_IN_USE: "lost as it is used",
    Reason.NO_SIGNAL: "nothing learnt",
    Reason.NO_SKILL: "no better than a constant",
    Reason.FAULT: "nothing learnt",
    Reason.NOTHING_TO_FIND: "nothing found",
    Reason.SKILL_IN_DOUBT: "no better than a constant",
    Reason.SHORT_REACH: "a plain model does better",
    Reason.SHORT_OF_PEERS: "other trials do far better",
    Reason.PART_MISSED: "a part never told",
    Reason.OUT_OF_REACH: "targets beyond its output",
    Reason.PARTLY: "learnt in part",
    Reason.COPIED_UNITS: "units that are one",
    Reason.LITTLE: "hardly anything learnt",
    Reason.WORSE_AS_USED: "worse as it is used",
    Reason.STILL_FALLING: "still falling",
    Reason.UNDECIDED: "too few steps to tell",
    Reason.STANDS_STILL: "nothing moves any more",
    Reason.ONLY_BOUNDED: "whether it learns is not known",
    Reason.BY_HEART: "learnt by heart",
}
_PLAIN_MODEL_TOLD = (Reason.FAULT, Reason.NOTHING_TO_FIND)  # their sentences say what it found


@dataclasses.dataclass(frozen=True)
class Row:
    """What one run had learnt.

    Attributes:
        label: Which run: "baseline", "with the plan"; "training 2 of 3" where nothing was changed; may be empty.
        learning: Its record.
        output: Which output it is about, in words; empty where there is one only, or the row above names it.
        counts: It says of how many rows.
        compares: It says what a constant prediction gets.
    """

    label: str
    learning: Learning
    output: str = ""
    counts: bool = True
    compares: bool = True


@dataclasses.dataclass(frozen=True)
class Told:
    """What is to be said: of the baseline, of the winner, and of a plain model; empty where nothing can be told."""

    rows: tuple[Row, ...] = ()
    plain: str = ""


def told(report: Report) -> Told:
    """What was learnt by the runs that the story is about."""
    if report.verdict is Verdict.HEALTHY:
        return _left_alone(report)
    won = winner(report)
    before = _unchanged(report) if won is None else baseline_of(report, won)
    found: list[Row] = []
    for label, attempt in (("baseline", before), ("with the plan", won)):
        if attempt is None or attempt.learning is None:
            continue
        above = found[0].learning if found else None
        constant = above is None or not _near(above.constant, attempt.learning.constant)
        same = above is not None and above.output == attempt.learning.output
        output = "" if same else _output(report, attempt, attempt.learning)
        found.append(Row(label, attempt.learning, output, above is None, constant))
    return Told(tuple(found), _plain_model(found))


def statement(row: Row) -> str:
    """One row in words: "accuracy 0.96 of 600 rows, loss 0.12; unseen rows 0.95"."""
    found = row.learning
    text = _figures(found, f" of {found.rows:,} rows" if row.counts and found.rows else "", row.compares)
    unseen, short = unseen_words(found), short_words(found)
    parts = [row.output and f"{row.output}: ", text, unseen and f"; unseen rows {unseen}", short and f": {short}"]
    return "".join(filter(None, parts))


def short_words(learning: Learning) -> str:
    """What it comes to, in a few words; empty of one that has learnt."""
    reason = reason_of(learning)
    return learning.reason.replace("-", " ") if reason is None else _SHORT.get(reason, "")


def left_alone_words(report: Report) -> str:
    """The headline of a healthy report; that nothing is wrong is said only of what was judged and has learnt."""
    if not report.attempts:
        return "No training was judged; nothing was changed."
    if any(warning.code is Code.NOT_WATCHED for warning in report.warnings):
        return "Only a part of what this program trains was watched; nothing was changed."
    trainings = [attempt.learning for attempt in report.attempts if attempt.kind == "baseline"]
    learnt = sum(each is not None and reason_of(each) is Reason.LEARNT for each in trainings)
    if trainings and learnt == len(trainings):
        return f"Nothing is wrong with {'this training' if learnt == 1 else 'these trainings'}; nothing was changed."
    if len(trainings) > 1:
        return f"Known to have learnt: {learnt or 'none'} of {len(trainings)} trainings. Nothing was changed."
    only = trainings[0] if trainings else None
    sentence = _sentence(only)
    return f"{sentence[0].upper()}{sentence[1:]}. Nothing was changed."


def reason_of(learning: Learning) -> Reason | None:
    """The row of the table of judgement; None of one that only another version knows."""
    return Reason.of(learning.reason)


def figure(learning: Learning | None) -> str:
    """The figure that people know it by: "accuracy 0.96"; empty where there is none, or it would mislead."""
    if learning is None or learning.figure is None or learning.value is None or _no_score(learning):
        return ""
    return f"{learning.figure} {figure_value(learning.value)}"


def share(learning: Learning) -> str:
    """The loss as a share of the best constant's: "12 % of a constant's"; empty where that has no meaning."""
    if (
        learning.loss is None
        or learning.constant is None
        or not (learning.constant > 0 and math.isfinite(learning.loss))
    ):
        return ""
    part = learning.loss / learning.constant
    return f"{part:.3g} times a constant's" if part >= 10 else f"{_percent(part)} of a constant's"


def unseen_words(learning: Learning) -> str:
    """How it does on rows that were not trained on: the same figure, else the loss; may be empty."""
    if figure(learning) and learning.unseen_value is not None:
        return figure_value(learning.unseen_value)
    return "" if learning.unseen_loss is None else f"loss {loss_figure(learning.unseen_loss)}"


def plain_words(learning: Learning | None) -> str:
    """What a plain model makes of the same data, in a few words; empty where none was asked, or it has no such figure."""
    if learning is None or learning.model is None:
        return ""
    name = f"a plain model ({learning.model})"
    if learning.plain_calibrated is None:
        return f"{name} finds nothing sure"
    if learning.figure is None or learning.plain is None or _no_score(learning):
        return ""
    return f"{name} {learning.figure} {figure_value(learning.plain)}"


def figure_value(value: float) -> str:
    """An accuracy, R2 or AUC: two digits, and more where these would call it perfect."""
    if abs(value) >= 10 or 0.995 <= value < 1:
        return f"{value:.4g}"
    return f"{value:.2f}" if abs(value) >= 0.005 else "0.00"


# -- which runs ----------------------------------------------------------------------------------


def _left_alone(report: Report) -> Told:
    """Of the trainings of a healthy program the one that is the least sure to be so; the last of equals."""
    trainings = [attempt for attempt in report.attempts if attempt.kind == "baseline"]
    known = [
        (index, each, each.learning) for index, each in enumerate(trainings, 1)
        if each.learning is not None and reason_of(each.learning) is not Reason.ONLY_BOUNDED
    ]  # fmt: skip
    if not known:
        return Told()
    index, attempt, learning = max(known, key=lambda item: (_concern(item[2]), item[0]))
    label = f"training {index} of {len(trainings)}" if len(trainings) > 1 else ""
    learnt = reason_of(learning) is Reason.LEARNT  # then there is nothing that it must be held against
    row = Row(label, learning, _output(report, attempt, learning), compares=not learnt)
    return Told((row,), _plain_model([row]))


def _concern(learning: Learning) -> int:
    return 2 if learning.state != State.HEALTHY else int(reason_of(learning) is not Reason.LEARNT)


def winner(report: Report) -> Attempt | None:
    """The run in full of the plan that holds; of several trainings that have one, that of the first, as the plan is."""
    if report.verdict is not Verdict.REPAIRED or not report.plan:
        return None
    runs = [attempt for attempt in report.attempts if attempt.kind == "full" and attempt.plan == report.plan]
    several = sum(bool(plan) for plan in report.plans.values()) > 1
    return None if not runs else runs[0] if several else runs[-1]


def baseline_of(report: Report, won: Attempt) -> Attempt | None:
    """The baseline of the same training: attempts stand in the order of the trainings."""
    place = next(index for index, attempt in enumerate(report.attempts) if attempt is won)
    return next((each for each in reversed(report.attempts[:place]) if each.kind == "baseline"), None)


def _unchanged(report: Report) -> Attempt | None:
    """The baseline that the symptom is of."""
    symptom = report.symptom
    if symptom is None or symptom.kind != SymptomKind.USELESS:
        return None
    unsound = [
        attempt for attempt in report.attempts
        if attempt.kind == "baseline" and attempt.learning is not None and attempt.learning.state != State.HEALTHY
    ]  # fmt: skip
    same = [attempt for attempt in unsound if attempt.loss_last == symptom.evidence.get("loss_last")]
    return next(reversed(same or unsound), None)


def _output(report: Report, attempt: Attempt, learning: Learning) -> str:
    """The output by its name, which the symptom of the baseline knows, else by its number; empty if there seems but one."""
    evidence = {} if report.symptom is None else report.symptom.evidence
    if "output" in evidence and attempt.kind == "baseline":
        return f"output {evidence['output']!r}"
    return f"outputs[{learning.output}]" if learning.output or "output" in evidence else ""


# -- in words ------------------------------------------------------------------------------------


def _plain_model(rows: Sequence[Row]) -> str:
    """What a plain model makes of the same data; empty where none was asked, or it is said already."""
    asked = next((row.learning for row in rows if row.learning.model is not None), None)
    if asked is None or reason_of(asked) in _PLAIN_MODEL_TOLD:
        return ""
    name = f"A plain model ({asked.model})"
    if asked.plain_calibrated is None:
        return f"{name} finds nothing sure in these inputs."
    if asked.figure is None or asked.plain is None or _no_score(asked):
        return f"{name} explains {_percent(asked.plain_calibrated)} of the targets on rows it has not seen."
    return f"{name} reaches {asked.figure} {figure_value(asked.plain)} on rows it has not seen."


def _figures(found: Learning, of_rows: str, with_constant: bool) -> str:
    known, part = figure(found), share(found)
    if not known and part:
        return f"the loss{of_rows} is {part}"
    loss = "" if found.loss is None else f"loss as used {loss_figure(found.loss)}"
    if loss and with_constant and found.constant is not None:
        loss += f" (a constant gets {loss_figure(found.constant)})"
    if known:
        return f"{known}{of_rows}" + (f", {loss}" if loss else "")
    if found.constant is None and found.signal is not None and reason_of(found) in (Reason.LEARNT, Reason.BY_HEART):
        return f"{loss}{of_rows}, far more with targets shuffled (z {found.signal:.2g})"
    return (loss or "no figure") + of_rows


def _sentence(learning: Learning | None) -> str:
    if learning is None:
        return verdict.words(Reason.ONLY_BOUNDED)
    reason = reason_of(learning)
    return learning.reason.replace("-", " ") if reason is None else verdict.words(reason)


def _no_score(learning: Learning) -> bool:
    """Whether the output is not the target but, say, a distance, small where the target is 1: the loss knows, it fell."""
    skill, calibrated = learning.skill, learning.calibrated
    return skill is not None and calibrated is not None and skill >= levels.DELTA > calibrated


def _near(one: float | None, other: float | None) -> bool:
    return one == other or (one is not None and other is not None and math.isclose(one, other, rel_tol=0.01))


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %" if abs(part) >= 0.01 else f"{100 * part:.1g} %"
