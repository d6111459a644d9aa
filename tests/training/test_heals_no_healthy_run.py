"""Healthy trainings that look odd: nothing is done about any of them."""

import keras
import numpy as np
import pytest
from keras import layers

from tests import switched_terms

pytestmark = [pytest.mark.slow, pytest.mark.whole]
ROWS, STEPS = 32, 320


def data(seed, kind):
    """Rows of a regression; under a curriculum the hard ones come last, under noise some targets are far off."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(ROWS * STEPS, 5)).astype("float32")
    y = np.tanh(x[:, :1]) * x[:, 1:2] + 0.3 * x[:, 2:3]
    if kind == "noise":
        y += draw.standard_t(2.5, size=y.shape) * 0.5
    if kind == "curriculum":
        half = len(x) // 2
        y[half:] += 1.5 * np.sin(3.0 * x[half:, 3:4])
    return x, y.astype("float32")


def rate(kind):
    schedules = keras.optimizers.schedules
    if kind == "restarts":
        return schedules.CosineDecayRestarts(0.02, 60, t_mul=1.5)
    if kind == "annealed":
        return schedules.ExponentialDecay(0.02, 40, 0.7)
    return 0.005


@pytest.mark.parametrize("on_spike", ["log", "heal"])
@pytest.mark.parametrize("kind", ["noise", "restarts", "curriculum", "annealed"])
def test_no_intervention(stories, kind, on_spike):
    """Five seeds of each kind; what is noted of a spike is a remark, and no more."""
    for seed in range(5):

        def program(seed=seed):
            keras.utils.set_random_seed(seed)
            model = keras.Sequential([layers.Input((5,)), layers.Dense(24, activation="relu"), layers.Dense(1)])
            optimizer = (
                keras.optimizers.SGD(rate(kind), momentum=0.9) if seed % 2 else keras.optimizers.Adam(rate(kind))
            )
            model.compile(optimizer, "mse")
            model.fit(*data(seed, kind), batch_size=ROWS, shuffle=False, verbose=0)

        (story,) = stories(program, on_failure="heal", on_spike=on_spike, goal="finite")
        assert (story.verdict, story.interventions) == ("healthy", ()), (kind, seed)


@pytest.mark.parametrize("on_spike", ["log", "heal"])
@pytest.mark.parametrize("kind", ["switched", "callback", "linear", "cyclic", "weight", "scaled"])
def test_no_term_of_a_loss_is_taken_for_a_spike(stories, kind, on_spike):
    """A divergence that is switched on, annealed or weighed otherwise: three seeds of each, the same to the bit."""
    for seed in range(3):
        runs = {}
        plain = switched_terms.trained(kind, seed)

        def program(seed=seed, runs=runs):
            runs.update(healed=switched_terms.trained(kind, seed))

        (story,) = stories(program, on_failure="heal", on_spike=on_spike, goal="finite")
        assert (story.verdict, story.interventions) == ("healthy", ()), (kind, seed)
        assert all(np.array_equal(one, other) for one, other in zip(runs["healed"], plain, strict=True)), (kind, seed)
