"""The search for a plan: what is known of a failed training, made the task of a controller. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from autostable import controller, prescription
from autostable.controller import Controller, Limits, Result
from autostable.evidence import Evidence, Finding
from autostable.kin import Kin
from autostable.orders import Orders
from autostable.prescription import Ladder
from autostable.records import Attempt, Cause, Plan, Remedy, Symptom
from autostable.trail import trail_from


class Bench(controller.Bench, Protocol):
    """Anything that can attempt a plan, and tell where it has failed."""

    def located(self, plan: Plan) -> Finding | None:
        """The first bad operation of the attempt that was run last; None where it was of another plan, or had none."""


def search(
    bench: Bench, baseline: Attempt, symptom: Symptom, causes: tuple[Cause, ...], evidence: Evidence, orders: Orders, *,
    full: int | None, steps: int | None = None, thorough: bool = False, kin: Kin | None = None,
) -> Result:  # fmt: skip
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
        thorough: See `Controller`.
        kin: What cured others of its sweep.
    """
    chosen = {"select": orders.select, "ignore": orders.ignore}

    def idle(plan: Plan) -> tuple[Remedy, ...]:
        return prescription.when_idle(plan, evidence, **chosen)

    def prescribed(found: Sequence[Cause], seen: Evidence) -> tuple[Ladder, ...]:
        return prescription.prescribe(found, seen, **chosen)

    ladders = prescribed(causes, evidence)
    trail = trail_from(ladders, evidence, prescribed)

    def after(plan: Plan) -> Plan | None:
        return None if trail is None else trail.after(plan, bench.located)

    return Controller(
        bench, ladders, baseline,
        full=full, limits=Limits(attempts=orders.attempts, steps=steps, seconds=orders.seconds),
        useless=symptom.kind == "useless", thorough=thorough,
        constant=evidence.constant_loss, swings=evidence.course.swings,
        under=lambda ladder, plan: prescription.under(ladder, plan, evidence), idle=idle, after=after,
        first=() if kin is None else kin.plans(symptom, causes, evidence),
    ).repair()  # fmt: skip
