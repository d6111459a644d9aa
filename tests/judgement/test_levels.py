"""Each number that decides: what lies on either side of it, and that a quarter more or less is another verdict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autostable.judgement import certainty, dummy, levels, signal
from autostable.judgement.bounds import against_best, against_start, within
from autostable.judgement.calibrated import Calibrated
from autostable.judgement.course import ends, still_falling
from autostable.judgement.gain import Measured, Score, Unit, as_good, changes_state, got_worse
from autostable.judgement.kinds import Kind
from autostable.judgement.reference import Model, Reference, statement
from autostable.judgement.signal import Signal
from autostable.judgement.statements import no, yes
from autostable.judgement.verdict import Reason, Statements, reason_of

ONE = Unit(constant=1.0)


def shows(z: float = 0.0, p: float = 1.0, exact: bool = False) -> bool:
    return signal.statement(Signal(1.0, 2.0, 0.1, z, p, 7 if exact else 2000, 30, exact)).yes


def surely(t: float) -> bool:
    """Forty values whose mean lies `t` standard errors above zero."""
    values = np.tile([-1.0, 1.0], 20)
    return certainty.surely_above_zero(values + t * values.std(ddof=1) / np.sqrt(40))


def keeps(back: float) -> bool:
    course = np.exp(-np.arange(300) / 30)
    course[-60:] = back
    return against_best([float(v) for v in course + 0.005 * np.random.default_rng(0).normal(size=300)]).yes


def cures(found: float) -> bool:
    before, after = Measured(Score(1.0)), Measured(Score(1.0 - found))
    return changes_state(before, after, ONE, holds=yes(), was_bounded=True, vouched=True).yes


def reaches(skill: float) -> bool:
    def rows(value: float) -> Calibrated:
        return Calibrated(Kind.NUMBER, value, 0.0, np.zeros((50, 1)), np.full(50, 1 - value), np.ones(50))

    return statement(rows(skill), Reference(Kind.NUMBER, Model.RIDGE, 1.0, 0.0, np.zeros((50, 1)), True, rows(1.0))).yes


def told(skill: float) -> bool:
    return reason_of(Statements(yes(), yes(), skill=yes(skill))) is Reason.LEARNT


def falls(steps: int, slope: float, level: float) -> bool:
    """400 steps, flat but for the last ones."""
    course = np.ones(400)
    course[-steps:] += slope * np.arange(1, steps + 1)
    return still_falling([float(v) for v in course], level).yes


@pytest.mark.parametrize(("name", "below", "above"), [
    # what is true just below the number and false just above it, or the other way round
    ("SIGNAL", lambda: shows(z=3.0), lambda: shows(z=4.0)),
    ("SURELY", lambda: shows(p=0.0009, exact=True), lambda: shows(p=0.0011, exact=True)),
    ("SURELY", lambda: surely(3.37), lambda: surely(3.25)),
    ("LOST", lambda: keeps(0.17), lambda: keeps(0.23)),
    ("DELTA", lambda: cures(0.09), lambda: cures(0.11)),
    ("DELTA", lambda: got_worse(Measured(unseen=Score(1.0)), Measured(unseen=Score(1.045)), ONE),
              lambda: got_worse(Measured(unseen=Score(1.0)), Measured(unseen=Score(1.055)), ONE)),
    ("DELTA", lambda: as_good(Measured(Score(1.045)), Measured(Score(1.0)), ONE),
              lambda: as_good(Measured(Score(1.055)), Measured(Score(1.0)), ONE)),
    ("DELTA", lambda: still_falling([float(v) for v in np.linspace(1, 1 / 1.09, 400)]).yes,
              lambda: still_falling([float(v) for v in np.linspace(1, 1 / 1.112, 400)]).yes),
    ("DELTA", lambda: told(0.09), lambda: told(0.11)),
    ("DELTA", lambda: dummy.as_trained(0.29, 0.2, 1.0).yes, lambda: dummy.as_trained(0.31, 0.2, 1.0).yes),
    ("REACH", lambda: reaches(0.65), lambda: reaches(0.75)),
    ("TWICE", lambda: within(1.8, 1.0, no()).yes, lambda: within(2.2, 1.0, no()).yes),
    ("TWICE", lambda: against_start([1.0] * 20 + [1.85] * 20).yes, lambda: against_start([1.0] * 20 + [2.2] * 20).yes),
    ("TENTH", lambda: ends([1.0] * 191 + [5.0] * 9)[1] == 5.0, lambda: ends([1.0] * 189 + [5.0] * 11)[1] == 5.0),
    ("QUARTER", lambda: falls(75, -0.001, 0.56), lambda: falls(100, -0.001, 0.52)),
])  # fmt: skip
def test_a_number_that_decides(
    name: str, below: Callable[[], bool], above: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = below(), above()
    assert said[0] != said[1]
    for share in (0.75, 1.25):
        with monkeypatch.context() as moved:
            moved.setattr(levels, name, share * getattr(levels, name))
            assert (below(), above()) != said, f"{name} may be {share} of what it is and nobody sees"


def test_nothing_else_decides_and_what_does_is_what_the_design_says() -> None:
    named = {name: value for name, value in vars(levels).items() if name.isupper()}
    assert named == {
        "SIGNAL": 3.5, "SURELY": 1e-3, "LOST": 0.2, "DELTA": 0.1, "REACH": 0.7, "TWICE": 2.0, "TENTH": 0.1, "QUARTER": 0.25,
    }  # fmt: skip


def test_skill_is_above_nothing() -> None:
    assert dummy.statement(0.9999, 1.0).yes and dummy.statement(1.0, 1.0).no
