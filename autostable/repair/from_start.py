"""What does from the start of a training what was done in its middle: for the plan that is handed back. Pure.

A batch that was left out is in no plan: who runs the program again meets it again. A remedy takes its place only where it is
known to fit: it leaves out the rows that were bad, the batch that was too small, or the update that was not finite, and changes
nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from autostable import registry
from autostable.evidence import Evidence
from autostable.records import Action, Cause, Intervention, Plan, Remedy, SymptomKind
from autostable.repair.ladders import prescribe, strengths_of
from autostable.setup import Setup

SKIPS = "skip-bad-updates"
NOTE = "From step 0"  # how the sentence begins that says what the plan lacks
_SHOWN = 6  # rows that a sentence names


def instead(
    causes: Sequence[Cause], evidence: Evidence, left_out: int, *, select: Collection[str] = (), ignore: Collection[str] = ()
) -> Remedy | None:  # fmt: skip
    """What does from the start what leaving a batch out has done; None where nothing is known to.

    Args:
        causes: Why the batch was left out, ranked.
        evidence: Of the step that failed.
        left_out: Batches that were left out so far, this one included.
        select: See `prescribe`.
        ignore: See `prescribe`.
    """
    for ladder in prescribe(causes[:1], evidence, select=select, ignore=(*ignore, SKIPS)):
        if ladder.cause is not None and ladder.after is None and _only_leaves_out(ladder.strengths[0]):
            return ladder.strengths[0]
    if SKIPS in ignore or (select and SKIPS not in select) or not _update_alone(evidence):
        return None
    limits = ((remedy, registry.setup_of((remedy,)).optimizer.skip_limit) for remedy in strengths_of(SKIPS, evidence))
    return next((remedy for remedy, limit in limits if limit >= left_out), None)


def missing(interventions: Sequence[Intervention], known: Sequence[Remedy | None], plan: Plan) -> str:
    """What no plan does from step 0, and what to do about that; empty where the plan that is handed back does all of it.

    Args:
        interventions: What was done.
        known: For each batch that was left out the remedy that does the same; None where there is none.
        plan: What is handed back.
    """
    said = []
    lost = sum(remedy is None for remedy in known)
    if lost:
        rows = sorted({row for each in interventions for row in each.data_rows})
        which = (
            f" (rows {', '.join(map(str, rows[:_SHOWN]))}{', ...' if len(rows) > _SHOWN else ''} of the data)"
            if rows
            else ""
        )
        many = f"{lost} batches" if lost > 1 else "one batch"
        said.append(f"no remedy is known to do what leaving out {many} did: mend or drop these{which} in the program")
    if any(each.action is Action.SLOWER for each in interventions):
        said.append("no plan lowers the rate for a while: --on-failure heal does it again where it is needed")
    if not said and not plan and not known:
        said.append(
            "there is nothing to put on: the same batches trained without harm, and what spoilt it is not known"
        )
    return f"{NOTE}: {'; '.join(said)}." if said else ""


def _only_leaves_out(remedy: Remedy) -> bool:
    """Whether all that a remedy does is to leave out rows, small batches, or entries of targets."""
    setup = registry.setup_of((remedy,))
    kept = dataclasses.replace(
        setup,
        drop_rows=False,
        drop_labels_outside=None,
        mask_labels_outside=None,
        ignore_missing=False,
        whole_batches=0,
    )
    return setup != kept == Setup()


def _update_alone(evidence: Evidence) -> bool:
    """Whether the step has spoilt, as far as is known, nothing but its own update."""
    symptom = evidence.symptom  # states of the model are put back with it: see `training.kept_states`
    return symptom.kind == SymptomKind.NONFINITE and symptom.first_seen_in in ("loss", "gradient")
