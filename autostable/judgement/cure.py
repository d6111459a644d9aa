"""Which statement a baseline failed, and whether it holds under a plan."""

from __future__ import annotations

from autostable.judgement.gain import Measured, Score, Unit, changes_state
from autostable.judgement.statements import Statement, no, unknown, yes
from autostable.judgement.verdict import Reason, Statements, reason_of, state_of
from autostable.records import Learning, State

INCOMPARABLE = (Reason.NOT_BOUNDED, Reason.ABOVE_CONSTANT, Reason.ENDLESS, Reason.CUT, Reason.TURNED, Reason.BEYOND,
                Reason.ONE_SIDED, Reason.COPIES, Reason.PEEKS, Reason.ASTRAY)  # fmt: skip
"""Where a baseline failed by these its own figures are no measure: that it no longer does is the cure."""


def held(failed: Reason, under: Statements) -> Statement:
    """The statement that decided about the baseline, as it is under a plan.

    Args:
        failed: The row of the table that decided about the baseline.
        under: All statements under the plan, of the same output.
    """
    still = {
        Reason.ENDLESS: under.endless.yes, Reason.CUT: under.cut, Reason.TURNED: under.turned, Reason.BEYOND: under.beyond,
        Reason.ONE_SIDED: under.one_sided, Reason.COPIES: under.copies,
        Reason.PEEKS: under.peeks,
        Reason.ASTRAY: under.astray,
        Reason.LOST_IN_USE: under.lost, Reason.BLIND_LOSS: under.blind.yes, Reason.PART_MISSED: under.parts.no,
        Reason.PARTLY: under.contradiction, Reason.COPIED_UNITS: under.copied,
    }  # fmt: skip
    if failed in still:
        return no() if still[failed] else under.signal
    if failed is Reason.NOT_FINITE or failed is Reason.NOT_BOUNDED:
        return under.bounded if under.finite.yes else no()
    if failed is Reason.ABOVE_CONSTANT:
        return under.within
    if failed in (Reason.NO_SIGNAL, Reason.ONE_CLASS, Reason.FAULT):
        return under.signal
    if failed in (Reason.NO_SKILL, Reason.SKILL_IN_DOUBT, Reason.LITTLE):
        return under.skill
    if failed is Reason.SHORT_REACH:
        return under.reach
    if failed is Reason.SHORT_OF_PEERS:
        return under.peers
    if failed is Reason.OUT_OF_REACH:
        return no(under.fits.figure) if under.fits.no else under.skill
    if failed is Reason.WORSE_AS_USED:
        return under.used if under.used.no else under.skill
    return yes() if state_of(reason_of(under)) is State.HEALTHY else no()


def between(
    baseline: Learning | None, plan: Learning | None, *, same_loss: bool, takes_away: bool = False
) -> Statement:
    """Whether a plan changes the state of a baseline that ran to its end, where only their records are known.

    Args:
        baseline: The training as it was.
        plan: Under the plan, in a run of its own.
        same_loss: The plan leaves the loss as it is.
        takes_away: It takes away what may have been put in against learning by heart, and only unseen rows tell of it.
    """
    if baseline is None or plan is None:
        return unknown("what failed cannot be told under the plan")
    failed, under = Reason.of(baseline.reason), Reason.of(plan.reason)
    vouched = baseline.plain_calibrated is not None or baseline.calibrated is None or failed is Reason.OUT_OF_REACH
    unit = Unit(baseline.constant, baseline.plain_calibrated, same_loss, failed is Reason.PARTLY)
    bounded = failed not in INCOMPARABLE
    well = plan.state == State.HEALTHY and under is not Reason.STILL_FALLING
    holds = yes() if well else no(why="what failed fails again")
    before, after = _measured(baseline, takes_away), _measured(plan, takes_away)
    if takes_away and (before.unseen is None or after.unseen is None):
        return no(why="no unseen rows, and it takes away what may have been put in against learning by heart")
    return changes_state(before, after, unit, holds=holds, was_bounded=bounded, vouched=vouched)


def _measured(record: Learning, with_unseen: bool) -> Measured:
    trained = Score(record.loss, record.calibrated, record.skill, record.value)
    if not with_unseen or record.unseen_calibrated is None:
        return Measured(trained)
    return Measured(trained, Score(record.unseen_loss, record.unseen_calibrated, value=record.unseen_value))
