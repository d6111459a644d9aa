"""The search for a plan: what is known of a failed training, made the task of an engine. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from autostable import registry
from autostable.evidence import Evidence
from autostable.orders import Orders
from autostable.records import Attempt, Cause, Symptom, SymptomKind
from autostable.repair.bench import Bench, Limits, Result
from autostable.repair.engine import Search
from autostable.repair.faults import Treating, meaningless, plain_fault
from autostable.repair.ladders import Ladder, prescribe, under, when_idle
from autostable.repair.trail import trail_from
from autostable.repair.warm_start import Kin


def search(
    bench: Bench,
    baseline: Attempt,
    symptom: Symptom,
    causes: tuple[Cause, ...],
    evidence: Evidence,
    orders: Orders,
    *,
    full: int | None,
    steps: int | None = None,
    suspect: bool = False,
    saves: float | None = None,
    unseen: bool = False,
    tried: Sequence[Attempt] = (),
    thorough: bool = False,
    kin: Kin | None = None,
) -> Result:
    """Find the smallest plan under which a training holds.

    Args:
        bench: Attempts plans.
        baseline: The failed attempt.
        symptom: How it failed.
        causes: Why, the likeliest first.
        evidence: What was seen of it.
        orders: What was asked for.
        full: Steps of the whole training; None where it is not known.
        steps: Most training steps in all; None is unlimited.
        suspect: See `engine.Search`.
        saves: Likewise.
        unseen: Likewise.
        tried: Likewise.
        thorough: Likewise.
        kin: What cured others of its sweep.
    """

    def prescribed(found: Sequence[Cause], seen: Evidence) -> tuple[Ladder, ...]:
        return prescribe(found, seen, select=orders.select, ignore=orders.ignore)

    remedies = prescribed(causes, evidence)
    trail = trail_from(remedies, evidence, prescribed)
    useless = symptom.kind == SymptomKind.USELESS
    vanished = evidence.finding is not None and evidence.finding.vanished
    # of one answer for every row the loss may be lower than those that learn have to pass
    means_nothing = evidence.collapsed or vanished or "loss_means_nothing" in symptom.evidence
    fault = plain_fault(evidence, ()) if useless else None
    if fault is not None and meaningless(fault):
        bench, means_nothing = Treating(bench, fault), True
    if useless and means_nothing:
        baseline = dataclasses.replace(baseline, yardstick=None)
    return Search(
        bench,
        remedies,
        baseline,
        full=full,
        limits=Limits(attempts=orders.attempts, steps=steps, runs=orders.budget, seconds=orders.seconds),
        useless=useless,
        suspect=suspect,
        saves=saves,
        unseen=unseen,
        tried=tried,
        thorough=thorough,
        first=() if kin is None else kin.plans(symptom, causes, evidence),
        constant=evidence.constant_loss,
        gradually=symptom.kind == SymptomKind.DIVERGED,
        swings=evidence.course.swings,
        idle=lambda plan: when_idle(plan, evidence, select=orders.select, ignore=orders.ignore),
        after=lambda plan: None if trail is None else trail.after(plan, bench.located),
        under=lambda ladder, plan: under(ladder, plan, evidence),
        comparable=lambda plan: registry.setup_of(plan).own_loss,
    ).repair()
