"""How the records read in words: shared by all renderers, so that a thing is called the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autostable import registry
from autostable.doing import joined, named
from autostable.doing import seen_words as seen_in_short
from autostable.figures import loss_figure
from autostable.records import (
    Action,
    AloneRun,
    Attempt,
    Cause,
    CauseState,
    Cost,
    Edit,
    Figure,
    Intervention,
    Plan,
    Proof,
    Remedy,
    Report,
    Safety,
    Site,
    Symptom,
    SymptomKind,
    Verdict,
)
from autostable.report import learnt

UNTRIED = "from step 0, where it was not run yet"
_VERIFIED = "The plan held in"  # how the note of --verify begins
_LONG_TEXT = 200
_LONG_LIST = 6

_SEEN = {
    SymptomKind.NONFINITE: "{what} became non-finite at {when}",
    SymptomKind.DIVERGED: "the loss had diverged by {when}",
    SymptomKind.USELESS: "by {when} the training had learned nothing: it is no better than a constant prediction",
    SymptomKind.ERROR: "the training step raised an error at {when}",
    SymptomKind.STALLED: "every update was skipped from {when} on: the training stood still",
}
_EVIDENCE = {
    "constant_loss": "a constant gets",
    "inference_loss": "loss of the model as it is used",
    "loss_last": "loss at the end",
}
_PLACES = {
    "loss": "the loss",
    "gradient": "a gradient",
    "weight": "a weight",
    "state": "a state (optimizer slot or moving statistic)",
    "input": "an input",
    "label": "a label",
}


def target_name(report: Report) -> str:
    """What was run, as the user named it: "train.py" or "package.module"."""
    target = report.target
    return str(target.get("path") or target.get("module") or target.get("name") or target.get("kind") or "the target")


def command(report: Report) -> str:
    """What was run with its arguments."""
    name = target_name(report)
    prefix = "-m " if report.target.get("kind") == "module" else ""
    arguments = report.target.get("arguments") or ()
    return " ".join([prefix + name, *(str(argument) for argument in arguments)])


def headline(report: Report) -> str:
    """The whole story in one sentence."""
    cause = report.causes[0].code if report.causes else None
    match report.verdict:
        case Verdict.UNWATCHED:
            return "Nothing of this program was watched; it ran as it is."
        case Verdict.HEALTHY:
            return learnt.left_alone_words(report)
        case Verdict.REPAIRED:
            done = "; ".join(shorten(describe(remedy), 100) for remedy in report.plan)
            if healed_in_flight(report):
                return (
                    f"{_why(report, cause)} {healed_words(report.interventions)}{f' In force: {done}.' if done else ''}"
                )
            if report.symptom is None and cause is None:  # `apply`: nothing was seen to go wrong
                return f"It trained well under its plan: {done}." if done else "It trained well."
            return f"{_why(report, cause)} Cured by: {done}." if done else f"{_why(report, cause)} It is cured."
        case Verdict.UNREPAIRED:
            if all(attempt.kind == "baseline" for attempt in report.attempts):
                return f"{_why(report, cause)} Nothing was changed."
            tried = sum(attempt.kind != "baseline" for attempt in report.attempts)
            return (
                f"{_why(report, cause)} None of the {tried} attempts held."
                if tried > 1
                else (f"{_why(report, cause)} The one attempt did not hold.")
            )
        case _ if report.target.get("fault") == "autostable":
            return "Autostable itself failed here, not the script: this is a bug, please report the traceback above."
        case _:
            own = "The script failed by itself; its own error message says why."
            return _ENDED.get(str(report.target.get("ended")), own)


_ENDED = {
    "interrupted": "It was interrupted before its end; here is what is known so far.",
    "killed": "The script was ended from outside, by a signal; that says nothing of its training.",
    "stalled": "The script hung: it did no training step for so long that it was ended.",
    "died": "The script's process came to its end without Python: it crashed, or left at once.",
}


def short_headline(report: Report) -> str:
    """The whole story in one short sentence: "Non-finite gradient in step 3, cured by clip at 1."."""
    seen = seen_in_short(report.symptom)
    if report.verdict is Verdict.REPAIRED and not seen and not report.causes:
        return f"It trained well under its plan: {joined(named(report.plan))}."
    if not seen or report.verdict not in (Verdict.REPAIRED, Verdict.UNREPAIRED):
        return headline(report)
    if healed_in_flight(report):
        end = healed_in_short(report.interventions)
    elif report.verdict is Verdict.REPAIRED:
        end = f"cured by {joined(named(report.plan))}" if report.plan else "cured"
    else:
        tried = any(attempt.kind != "baseline" for attempt in report.attempts)
        end = "no cure was found" if tried else "nothing was changed"
    return f"{seen[0].upper()}{seen[1:]}, {end}."


def healed_in_flight(report: Report) -> bool:
    """Whether what was done while a training went on has cured it; not where it was started over after all."""
    return bool(report.interventions) and not any(each.plan and each.kind == "full" for each in report.attempts)


def healed_words(interventions: Sequence[Intervention]) -> str:
    """What was done while a training went on, in one sentence: "It was healed while it went on: 2 batches left out, ..."."""
    return f"It was healed while it went on: {counted(interventions)}."


def counted(interventions: Sequence[Intervention]) -> str:
    """How often what was done, and what it cost: "2 batches left out, 1 remedy put on (31 steps again, 5 given up)"."""
    counts = {action: sum(each.action is action for each in interventions) for action in Action}
    told = [_COUNTED[action].format(count, _ENDINGS[action][count > 1]) for action, count in counts.items() if count]
    again, lost = (sum(getattr(each, name) for each in interventions) for name in ("steps_again", "steps_lost"))
    cost = f"{steps_words(again)} again" + (f", {lost} given up" if lost else "")
    return f"{', '.join(told)} ({cost})"


def healed_in_short(interventions: Sequence[Intervention]) -> str:
    """The same in a few words: "healed in flight, 3 interventions"."""
    count = len(interventions)
    return f"healed in flight, {count} intervention{'s' if count > 1 else ''}"


_COUNTED = {
    Action.WENT_BACK: "gone back {} time{}",
    Action.SKIPPED: "{} batch{} left out",
    Action.REMEDY: "{} remed{} put on",
    Action.SLOWER: "rate lowered for a while {} time{}",
}
_ENDINGS = {
    Action.WENT_BACK: ("", "s"), Action.SKIPPED: ("", "es"), Action.REMEDY: ("y", "ies"), Action.SLOWER: ("", "s"),
}  # fmt: skip


def intervention_words(intervention: Intervention, *, brief: bool = False) -> str:
    """What was done: "batch 40 left out (row 3 of it; row 1203 of the data)"; in brief the one or the other."""
    match intervention.action:
        case Action.WENT_BACK:
            return f"back to batch {intervention.back_to}, and on"
        case Action.SKIPPED:
            return f"batch {intervention.batch} left out{_rows_words(intervention, brief=brief)}"
        case Action.SLOWER:
            factor = 1.0 if intervention.remedy is None else float(intervention.remedy.parameters["factor"])
            return f"back to batch {intervention.back_to}; rate times {factor:g} for a while"
        case _:
            name = "" if intervention.remedy is None else describe(intervention.remedy)
            return f"back to batch {intervention.back_to}; {name}"


def _rows_words(intervention: Intervention, *, brief: bool) -> str:
    if not intervention.rows:
        return ""
    said = f"{_rows('row', intervention.rows)} of it"
    if not intervention.data_rows:
        return f" ({said})"
    of_data = f"{_rows('row', intervention.data_rows)} of the data"
    return f" ({of_data})" if brief else f" ({said}; {of_data})"


def _rows(word: str, places: Sequence[int]) -> str:
    return f"{word}{'s' if len(places) > 1 else ''} {_several([str(place) for place in places])}"


def intervention_cost(intervention: Intervention) -> str:
    """What it took: "12 steps again, 0.4 s"."""
    lost = f", {intervention.steps_lost} given up" if intervention.steps_lost else ""
    return f"{steps_words(intervention.steps_again)} again{lost}, {seconds_words(intervention.seconds)}"


def _why(report: Report, cause: str | None) -> str:
    seen = symptom_words(report.symptom) if report.symptom else "the training is unstable"
    sentence = seen[0].upper() + seen[1:]
    if cause is None:
        return f"{sentence}; the cause was not found."
    return f"{sentence}; cause: {cause}."


def symptom_words(symptom: Symptom) -> str:
    """What was seen and when: "a gradient became non-finite at step 3 (epoch 0)"."""
    what = _PLACES.get(symptom.first_seen_in, symptom.first_seen_in)
    when = f"step {symptom.step}" + ("" if symptom.epoch is None else f" (epoch {symptom.epoch})")
    seen = _SEEN.get(symptom.kind, f"{symptom.kind} at {{when}}").format(what=what, when=when)
    if "figure" in symptom.evidence:
        figure, reader = symptom.evidence["figure"], symptom.evidence["read_by"]
        return f"{figure} is not finite from epoch {symptom.epoch} on, and {reader} goes by it"
    if _lags(symptom):
        return f"by {when} the training had gone well, but the model that predicts is another: its loss is far higher"
    if symptom.evidence.get("put_back"):
        return f"the loss had come down, but the weights at {when} are not those of the last step: earlier ones were put back"
    if _judged(symptom):
        judged = str(symptom.evidence["judged"]).rstrip(".")
        about = f"for output {symptom.evidence['output']!r} " if "output" in symptom.evidence else ""
        return f"{about}{judged} (judged at {when.replace(' (', ', ').rstrip(')')})"
    if "output" in symptom.evidence:
        return seen.replace("the training had", f"output {symptom.evidence['output']!r} had")
    return seen


def seen_words(report: Report) -> str:
    """What backs the symptom beyond what the headline and the causes say; may be empty."""
    if report.symptom is None:
        return ""
    evidence = dict(report.symptom.evidence)
    if report.symptom.kind == SymptomKind.USELESS:
        # a mark that is true or false is for programs; what it means is in the sentence
        evidence = {key: value for key, value in evidence.items() if key != "judged" and not isinstance(value, bool)}
        if not _lags(report.symptom):
            evidence.pop("output", None)
    if any(cause.evidence == evidence.get("fault") for cause in (*report.causes, *report.warnings)):
        del evidence["fault"]
    return evidence_words(evidence)


def _judged(symptom: Symptom) -> bool:
    return symptom.kind == SymptomKind.USELESS and bool(symptom.evidence.get("judged"))


def _lags(symptom: Symptom) -> bool:
    """Whether the model as it is used is another than the one that was trained."""
    return "inference_loss" in symptom.evidence


def evidence_words(evidence: Mapping[str, Any]) -> str:
    """Numbers and short texts that back a symptom, on one line."""
    items = dict(evidence)
    found = []
    if "loss_first" in items and "loss_last" in items:
        first, last = items.pop("loss_first"), items.pop("loss_last")
        if first is not None or last is not None:
            found.append(f"loss: {_measured(first)} -> {_measured(last)}")
    found += [
        f"{_EVIDENCE.get(key, key.replace('_', ' '))}: {abbreviate(value)}"
        for key, value in items.items() if value is not None
    ]  # fmt: skip
    return ", ".join(found)


def _measured(value: Any) -> str:
    return "-" if value is None else abbreviate(value)


def notes(report: Report) -> list[str]:
    """The notes that the headline does not say already."""
    said = headline(report)
    return [note for note in report.notes if note.rstrip(".") not in said]


def edits_heading(edits: Sequence[Edit]) -> str:
    """What the diffs are: all that the plan did, or a part of it, and what they may change."""
    if not all(edit.complete for edit in edits):
        return "A part of it in your source (incomplete: comments and notes say what is left to do)"
    safe = all(edit.safety is Safety.SAFE for edit in edits)
    return f"The same in your source ({'safe: what was finite is computed as before' if safe else 'changes training'})"


def proof_words(proof: Proof) -> str:
    """What the patched program came to by itself: "the patched script alone: test R2 0.9847 (repaired run 0.985)"."""
    told = [_alone_words(run) for run in proof.runs if not run.seed]
    others = [run for run in proof.runs if run.seed]
    if others:
        held = sum(run.holds for run in others)
        said = f"with other seeds it held in {held} of {len(others)} runs ({'; '.join(map(_alone_words, others))})"
        told.append(
            said if proof.varied else f"{said}, but the seeds could not be varied: it came to the same each time"
        )
    if proof.why:
        told.append(proof.why if proof.runs else f"not run, {proof.why}")
    verdict = "the patched script alone does not hold" if proof.holds is False else "the patched script alone"
    return f"{verdict}: {'; '.join(told)}"


def _alone_words(run: AloneRun) -> str:
    figures = ", ".join(
        f"{figure.name} {number(figure.alone)} (repaired run {number(figure.repaired)})" for figure in _telling(run)
    )
    failed = run.why if run.status != 0 or not figures else ""
    return "; ".join(filter(None, (failed, figures))) or "it came to its end"


def _telling(run: AloneRun) -> list[Figure]:
    """The figures that decide: those that do not hold, else the last one that was printed, or the loss."""
    return [figure for figure in run.figures if not figure.holds][-2:] or list(run.figures[-1:])


def location(site: Site | None) -> str:
    """A place as editors and terminals understand it: "train.py:41"; empty where unknown."""
    if site is None or site.file is None:
        return ""
    return site.file if site.line is None else f"{site.file}:{site.line}"


def site_words(site: Site) -> str:
    """The operation and the layer of a place: "Log in layer 'head'"; may be empty."""
    layer = f"layer {site.layer!r}" if site.layer and site.layer != "loss" else (site.layer and "the loss")
    return " in ".join(part for part in (site.op, layer) if part)


def describe(remedy: Remedy) -> str:
    """A remedy in words: the remedy's own where it is known, else its name and parameters."""
    try:
        words = registry.remedy(remedy.name).describe(remedy.parameters)
    except Exception:  # an old report may name a remedy, or parameters, that are no more; it must still be readable
        shown = parameters_words(remedy.parameters)
        words = f"{remedy.name} ({shown})" if shown else remedy.name
    return shorten(words)


def safe(remedy: Remedy) -> bool:
    """Whether the remedy leaves the meaning of data and labels alone."""
    try:
        return registry.remedy(remedy.name).safe
    except Exception:  # as above
        return True


def plan_names(plan: Plan) -> str:
    """The remedies of a plan by name: "clip-gradients + lower-learning-rate"."""
    return " + ".join(remedy.name for remedy in plan)


def plans_by_training(report: Report) -> list[tuple[str, Plan]]:
    """The plans that hold with their titles: one, or one for each training (`fit`) of the script that needed one."""
    plans = {number: plan for number, plan in report.plans.items() if plan}
    if len(plans) > 1:
        return [(f"Plan for training {int(number) + 1} of the script", plan) for number, plan in plans.items()]
    plan = next(iter(plans.values()), report.plan)
    return [(f"Plan ({UNTRIED})" if untried(report) else "Plan", plan)] if plan else []


def untried(report: Report) -> bool:
    """Whether the plans are those of a training that was healed in its middle, and no run has begun with them."""
    ran = (report.proof is not None and report.proof.runs) or any(note.startswith(_VERIFIED) for note in report.notes)
    return healed_in_flight(report) and not ran


def parameters_words(parameters: Mapping[str, Any]) -> str:
    """Parameters on one line, long ones abbreviated."""
    return ", ".join(f"{key}={abbreviate(value)}" for key, value in parameters.items())


def abbreviate(value: Any) -> str:
    """A JSON value on one line; of long lists (300 means) only the first few entries."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return "{" + _several([f"{key}: {abbreviate(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list | tuple):
        return "[" + _several([abbreviate(item) for item in value]) + "]"
    return shorten(str(value))


def _several(texts: list[str]) -> str:
    if len(texts) <= _LONG_LIST:
        return ", ".join(texts)
    return ", ".join(texts[:3]) + f", ... {len(texts) - 3} more"


def shorten(text: str, limit: int = _LONG_TEXT) -> str:
    """Cut a long text."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 3].rstrip() + "..."


def level(cause: Cause, place: int) -> str:
    """What a cause is called: the first is what autostable stands by, the others are what else it could have been."""
    if cause.refuted:
        return "refuted"
    if place == 0:
        return "cause"
    return "also" if cause.state is CauseState.PROVEN else "possible"


def sureness(cause: Cause) -> str:
    """How sure a cause is: what was tried, or else how often its sign was right."""
    if cause.state in (CauseState.PROVEN, CauseState.REFUTED):
        return str(cause.state)
    return f"{cause.confidence:.0%} sure" + (f", {cause.state}" if cause.state is CauseState.IN_VAIN else "")


def number(value: float | None) -> str:
    """A measured number, four digits."""
    return loss_figure(value)


def loss_words(attempt: Attempt) -> str:
    """How the loss went: "2.303 -> 0.0412"."""
    if attempt.loss_first is None and attempt.loss_last is None:
        return "-"
    return f"{number(attempt.loss_first)} -> {number(attempt.loss_last)}"


def cost_words(cost: Cost) -> str:
    """What it took: "1.24x of one full run, 83 s"."""
    seconds = seconds_words(cost.seconds)
    if not cost.steps_full_run:
        return seconds
    return f"{cost.ratio:.2f}x of one full run, {seconds}"


def steps_words(steps: int) -> str:
    """A count of steps."""
    return "1 step" if steps == 1 else f"{steps:,} steps"


def seconds_words(seconds: float) -> str:
    """A duration."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def loss_curve(attempt: Attempt) -> list[tuple[int, float]]:
    """The loss as (step, loss), each the mean of an equal stretch that ends there; empty where none was kept."""
    count = len(attempt.curve)
    return [(round(attempt.steps * (index + 1) / count), float(loss)) for index, loss in enumerate(attempt.curve)]
