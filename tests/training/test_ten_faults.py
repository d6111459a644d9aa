"""A small transformer through ten faults, by fit, an own train_step and a loop: as good as one that had none."""

import pytest

from autostable.records import Action
from benchmarks import heal
from benchmarks import heal_program as program
from benchmarks.heal_program import Faults

pytestmark = [pytest.mark.slow, pytest.mark.whole]
STEPS = 3000


@pytest.mark.parametrize("way", program.WAYS)
def test_ten_faults(way):
    clean = program.train(way, STEPS, None)
    row, done = heal.healed(way, STEPS)
    assert row.loss <= 1.02 * clean.loss
    assert row.steps <= 1.15 * STEPS
    faults, found = Faults(), {each.step: each.action for each in done}
    for name in ("bad_batch", "nan_row", "half", "label"):
        assert found[faults.at(name, STEPS)] is Action.SKIPPED, name
    assert "cap-learning-rate" in [each.remedy.name for each in done if each.action is Action.REMEDY]
    assert Action.SLOWER in found.values() and sum(each.action is Action.WENT_BACK for each in done) == 3


def test_a_clean_run_sees_no_intervention():
    """Spikes are asked to be healed, and there are none."""
    from autostable.orders import Orders
    from autostable.training import hooks
    from autostable.training.session import Session

    session = Session(Orders(repair=False, stop_unhealthy=False, on_failure="heal", on_spike="heal", goal="finite"))
    hooks.arm(session)
    try:
        watched = program.train("fit", 1000, None)
    finally:
        hooks.disarm()
    assert not session.stories[0].interventions and not session.stories[0].notes
    assert watched.loss == program.train("fit", 1000, None).loss
