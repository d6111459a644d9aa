"""The search for a plan: what is known of a failed training, made the task of a controller. Pure."""

from __future__ import annotations

from autostable import prescription
from autostable.controller import Bench, Controller, Limits, Result
from autostable.evidence import Evidence
from autostable.kin import Kin
from autostable.orders import Orders
from autostable.records import Attempt, Cause, Plan, Remedy, Symptom


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

    return Controller(
        bench, prescription.prescribe(causes, evidence, **chosen), baseline,
        full=full, limits=Limits(attempts=orders.attempts, steps=steps, seconds=orders.seconds),
        useless=symptom.kind == "useless", thorough=thorough,
        constant=evidence.constant_loss, swings=evidence.course.swings,
        under=lambda ladder, plan: prescription.under(ladder, plan, evidence), idle=idle,
        first=() if kin is None else kin.plans(symptom, causes, evidence),
    ).repair()  # fmt: skip
