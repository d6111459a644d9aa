"""Trials of a sweep as references of each other."""

from __future__ import annotations

import numpy as np
import pytest

from autostable.judgement import reference
from autostable.judgement.calibrated import Calibrated, calibrated
from autostable.judgement.kinds import Kind
from autostable.judgement.peers import Peers

Y = np.random.default_rng(0).normal(size=(400, 1))


def trial(share: float, seed: int = 1) -> Calibrated:
    """One whose output tells the targets by so much, the rest is noise."""
    noise = np.random.default_rng(seed).normal(size=Y.shape)
    found = calibrated(Kind.NUMBER, Y, share * Y + (1 - share) * noise)
    assert found is not None
    return found


def test_the_best_sound_trial_is_the_reference() -> None:
    peers = Peers()
    assert peers.best(Y, trial(0.9)) is None
    for share in (0.8, 0.95, 0.7):
        peers.tell(Y, trial(share))
    best = peers.best(Y, trial(0.5))
    assert best is not None and best.sure and best.skill == pytest.approx(trial(0.95).skill)
    assert best.model is None


@pytest.mark.parametrize(("share", "short"), [(0.4, True), (0.9, False), (0.95, False)])
def test_who_falls_short_of_it(share: float, short: bool) -> None:
    peers = Peers()
    peers.tell(Y, trial(0.95))
    assert reference.statement(trial(share, 2), peers.best(Y, trial(share, 2))).no is short


def test_other_rows_are_no_reference() -> None:
    peers = Peers()
    peers.tell(Y, trial(0.95))
    assert peers.best(Y[::-1], trial(0.5)) is None and peers.best(Y[:200], trial(0.5)) is None
