"""Small programs on which a naive judgement fails, each with what is true; no network, its outputs are made up.

The same programs with real networks are in tests/training/test_learning.py, and there alone is what hangs on how a training
is run: fits of 32 rows (Q-learning), an encoder that is cut off, averages of a BatchNormalization.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from autostable.judgement import dummy, signal
from autostable.judgement import reference as references
from autostable.judgement.bounds import bounded
from autostable.judgement.calibrated import Array, calibrated
from autostable.judgement.course import lower, still_falling
from autostable.judgement.kinds import Kind, scores_of, targets_of, what_kind
from autostable.judgement.plain_models import trees
from autostable.judgement.reference import Model
from autostable.judgement.signal import Still
from autostable.judgement.statements import Statement, no, unknown, yes
from autostable.judgement.verdict import Reason, State, Statements, judge, reason_of, state_of

Loss = Callable[[Array, Array], float]
rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def drawn_anew() -> None:
    """The same numbers in whatever order the tests are run."""
    globals()["rng"] = np.random.default_rng(0)


def mse(y: Array, p: Array) -> float:
    return float(np.mean((y - p) ** 2))


def bce(y: Array, p: Array) -> float:
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def column(values: Array) -> Array:
    return np.asarray(values, dtype=np.float64)[:, None]


def told(
    x: Array, y: Array, p: Array, loss: Loss = mse, model: Model = Model.RIDGE, start: Array | None = None
) -> Statements:
    """What the adapters will do with a live model: all statements of one output.

    Args:
        start: The constant that the search for the best one begins with.
    """
    found = signal.permutation(lambda order: loss(y[order], p), len(y))
    constant = dummy.best_constant(lambda c: loss(y, c), [y.mean(axis=0) if start is None else start])
    kind = what_kind(y, p)
    plain = network = None
    best, own = [signal.of_perfect_predictions(y)], None
    if kind is not None:
        targets = targets_of(kind, y)
        plain = references.reference(kind, x, targets, model)
        network = calibrated(kind, targets, scores_of(kind, p))
        if plain is not None:
            best.append(references.signal_of(plain, targets))
            own = (loss(y, p), loss(y, plain.calibrated.predictions)) if kind is Kind.NUMBER else None
    weaker = next((one for one in best if not one.passes), None)
    return Statements(
        finite=yes(),
        bounded=yes(),
        signal=signal.statement(found, best=weaker),
        skill=dummy.statement(loss(y, p), constant),
        finds=references.finds(plain),
        reach=references.statement(network, plain, own=own),
        falling=no(),
    )


def test_returns() -> None:
    x = rng.normal(size=(2000, 20))
    s = column(0.055 * (x[:, 0] + 0.5 * x[:, 1] * x[:, 2]))
    said = told(x, s + rng.normal(size=(2000, 1)), s)
    assert not said.signal.no and said.finds.no and state_of(reason_of(said)) is State.HEALTHY


def test_claims() -> None:
    x = rng.normal(size=(2000, 8))
    occurs = 1 / (1 + np.exp(2.8 - 0.8 * x[:, 0]))
    y = (rng.random(2000) < occurs) * np.exp(6 + 0.4 * x[:, 1] + 1.6 * rng.normal(size=2000))
    said = told(x, column(y / y.std()), column(occurs * np.exp(6 + 0.4 * x[:, 1] + 1.28) / y.std()))
    assert state_of(reason_of(said)) is State.HEALTHY


@pytest.mark.parametrize(
    ("far", "steep"), [(4.0, 0.55), (9.0, 2.2)], ids=["clicks, 2 %, AUC 0.65", "frauds, 0.1 %, AUC 0.95"]
)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [2000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_rare_clicks_and_frauds(far: float, steep: float, seed: int, count: int) -> None:
    """Of so few positives even the true probabilities may not be told from shuffled ones."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(count, 8))
    share = 1 / (1 + np.exp(far - steep * x[:, 0]))
    y = column(draw.random(count) < share)
    said = told(x, y, column(share), bce, start=np.array([y.mean()]))
    assert not said.signal.no and state_of(reason_of(said)) is State.HEALTHY


def test_four_rows_of_xor() -> None:
    x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), column(np.array([0.0, 1, 1, 0]))
    said = told(x, y, np.abs(y - 0.01), bce)
    assert said.signal.unknown and said.finds.unknown and reason_of(said) is Reason.LEARNT


def patients(count: int = 80, rows: int = 25) -> tuple[Array, Array]:
    base = rng.normal(size=(count, 16))
    label = base[:, 0] + rng.normal(size=count) > 0
    x = np.repeat(base, rows, axis=0) + 0.15 * rng.normal(size=(count * rows, 16))
    return x, column(np.repeat(label, rows))


@pytest.mark.slow
def test_trees_know_a_patient_by_his_other_rows() -> None:
    x, y = patients(40, 15)
    held = trees(Kind.CLASS, x, y)
    right = [float((scores.argmax(axis=1) == y[:, 0]).mean()) for scores in (held.singly, held.in_blocks)]
    assert right[0] > 0.95 and right[1] < 0.85
    said = told(x, y, 1 / (1 + np.exp(-0.3 * x[:, :1])), bce, Model.TREES)
    assert state_of(reason_of(said)) is not State.SICK


def rare(share: float, noise: float) -> tuple[Array, Array, Array]:
    x = rng.normal(size=(2000, 12))
    s = x[:, 0] + 0.7 * x[:, 1]
    hidden = s + noise * rng.normal(size=2000)
    return x, column(s), column(hidden > np.quantile(hidden, 1 - share))


def test_rare_positives_with_class_weights() -> None:
    x, s, y = rare(0.015, 0.5)

    def weighted(t: Array, p: Array) -> float:
        p = np.clip(p, 1e-7, 1 - 1e-7)
        return float(-np.mean(66 * t * np.log(p) + (1 - t) * np.log(1 - p)))

    said = told(x, y, 1 / (1 + np.exp(-(3 * s - 5))), weighted, start=np.array([0.5]))
    assert said.signal.yes and said.skill.yes and not said.reach.no and reason_of(said) is Reason.LEARNT


def test_rare_positives_and_one_raw_column() -> None:
    x, s, y = rare(0.02, 0.3)
    said = told(x, y, 1 / (1 + np.exp(3.9 - 0.02 * rng.normal(size=(2000, 1)))), bce, start=np.array([0.02]))
    assert said.finds.yes and said.reach.no and reason_of(said) is Reason.NO_SIGNAL
    assert s.shape == y.shape


@pytest.mark.parametrize("quantile", [0.9, 0.95])
def test_a_quantile_is_not_a_mean(quantile: float) -> None:
    x = rng.normal(size=(2000, 6))
    spread = 1.5 * np.exp(0.6 * x[:, 2])
    y = column(2 * x[:, 0] + spread * rng.normal(size=2000))
    p = column(2 * x[:, 0] + spread * {0.9: 1.2816, 0.95: 1.6449}[quantile])

    def pinball(t: Array, q: Array) -> float:
        return float(np.mean(np.maximum(quantile * (t - q), (quantile - 1) * (t - q))))

    said = told(x, y, p, pinball)
    assert said.signal.yes and said.skill.yes and said.reach.yes and reason_of(said) is Reason.LEARNT


def test_a_logarithm_of_a_rate_is_not_a_rate() -> None:
    x = rng.normal(size=(2000, 6))
    rate = 1.5 + 0.6 * x[:, 0] - 0.4 * x[:, 1] * x[:, 2]
    y, p = column(rng.poisson(np.exp(rate))), column(rate)
    said = told(x, y, p, lambda t, q: float(np.mean(np.exp(q) - t * q)), start=np.array([math.log(y.mean())]))
    assert 1 - mse(y, p) / y.var() < 0 and reason_of(said) is Reason.LEARNT


def test_targets_that_the_loss_scales_are_not_in_the_units_of_the_output() -> None:
    x = rng.normal(size=(2000, 6))
    level = 3e4 * np.exp(0.4 * x[:, :1])
    y, p = level + 2e3 * rng.normal(size=(2000, 1)), (level - 32500) / 13500
    said = told(x, y, p, lambda t, q: mse((t - 32500) / 13500, q), start=np.zeros(1))
    assert 1 - mse(y, p) / y.var() < 0 and reason_of(said) is Reason.LEARNT


def test_windows_of_a_random_walk_that_overlap() -> None:
    """What comes next is in no window, though each is nearly the one before it."""
    steps = rng.normal(size=1008)
    x, y = np.stack([steps[at : at + 1000] for at in range(8)], 1), column(steps[8:])
    for model in (Model.RIDGE, Model.TREES):
        assert reason_of(told(x, y, 0.01 * x[:, :1], model=model)) is Reason.NOTHING_TO_FIND


def test_a_bottleneck_of_two_is_suspect_and_no_more() -> None:
    clean = np.tanh(rng.normal(size=(800, 6)) @ rng.normal(size=(6, 16)) / 2)
    left, strengths, right = np.linalg.svd(clean, full_matrices=False)
    said = told(clean + 0.2 * rng.normal(size=clean.shape), clean, left[:, :2] * strengths[:2] @ right[:2])
    assert said.signal.yes and said.skill.yes and said.reach.figure is not None
    assert 0.38 < said.reach.figure < 0.75 and reason_of(said) is Reason.SHORT_REACH


def test_a_linear_model_by_choice_is_suspect_and_no_more() -> None:
    x = rng.normal(size=(1500, 4))
    y = column(0.5 * x[:, 0] + 2 * np.abs(x[:, 1]) + 0.1 * rng.normal(size=1500))
    said = told(x, y, column(0.5 * x[:, 0] + y.mean()), mse, Model.TREES)
    assert said.signal.yes and said.skill.yes and reason_of(said) is Reason.SHORT_REACH
    assert state_of(Reason.SHORT_REACH) is State.SUSPECT


def test_noise_learnt_by_heart() -> None:
    x, y = rng.normal(size=(400, 30)), column(rng.integers(0, 2, 400))
    said = told(x, y, np.clip(y, 0.01, 0.99), bce)
    fresh, outputs = column(rng.integers(0, 2, 400)), column(rng.uniform(0.01, 0.99, 400))
    unseen = signal.statement(signal.permutation(lambda order: bce(fresh[order], outputs), 400))
    assert said.finds.no and unseen.no
    assert reason_of(dataclasses.replace(said, unseen=unseen)) is Reason.BY_HEART


@pytest.mark.parametrize("fault", [False, True])
def test_targets_that_nothing_predicts(fault: bool) -> None:
    x, y = rng.normal(size=(1000, 5)), rng.normal(size=(1000, 1))
    said = dataclasses.replace(told(x, y, 0.01 * x[:, :1]), plain_fault=fault)
    assert reason_of(said) is (Reason.FAULT if fault else Reason.NOTHING_TO_FIND)


def test_a_loss_that_broadcasts_is_blind() -> None:
    y = rng.normal(size=300)
    p = column(y)
    found = signal.permutation(lambda order: mse(y[order], p), 300)  # (n,) against (n, 1)
    other = mse(1.5 * y + 1, p)
    still = signal.why_it_does_not_move(constant_output=False, loss_reads_targets=other != found.true)
    assert found.moves_nothing and still is Still.BLIND_LOSS
    said = Statements(finite=yes(), bounded=yes(), blind=signal.blind(found, still), signal=signal.statement(found))
    assert reason_of(said) is Reason.BLIND_LOSS


def test_a_mean_over_the_wrong_axis_is_blind() -> None:
    """What is compared are the means of a batch, whoever they are made of."""
    x = rng.normal(size=(300, 5))
    y = column(x @ np.array([1.0, -2.0, 0.5, 0.0, 1.0]))
    p = 0.5 * y + 0.3

    def loss(t: Array, q: Array) -> float:
        return float(np.mean((t.mean(axis=0) - q.mean(axis=0)) ** 2))

    found = signal.permutation(lambda order: loss(y[order], p), 300)
    still = signal.why_it_does_not_move(constant_output=False, loss_reads_targets=loss(1.5 * y + 1, p) != found.true)
    said = Statements(finite=yes(), bounded=yes(), blind=signal.blind(found, still), signal=signal.statement(found))
    plain = references.reference(Kind.NUMBER, x, y)
    assert found.moves_nothing and reason_of(said) is Reason.BLIND_LOSS and state_of(reason_of(said)) is State.SICK
    assert plain is not None and plain.skill > 0.99


@pytest.mark.parametrize(
    "loss",
    [lambda t, q: float(np.mean(q)), lambda t, q: float(np.mean(np.maximum(q + 1.0, 0.0)))],
    ids=["flow", "triplet"],
)
def test_a_dummy_target_cannot_be_told(loss: Loss) -> None:
    x, p = rng.normal(size=(300, 2)), rng.normal(size=(300, 1))
    said = told(x, np.zeros((300, 1)), p, loss)
    assert said.signal.unknown and said.finds.unknown
    assert reason_of(dataclasses.replace(said, skill=unknown())) is Reason.ONLY_BOUNDED


def test_a_target_that_is_made_inside_the_step_cannot_be_told() -> None:
    assert reason_of(Statements(finite=yes(), bounded=yes())) is Reason.ONLY_BOUNDED  # there is nothing to shuffle


def test_a_dead_head_beside_a_good_one() -> None:
    x = rng.normal(size=(1000, 5))
    good, dead = column(2 * x[:, 0]), column(x[:, 2] - x[:, 3])
    found = signal.permutation(lambda order: mse(dead[order], np.zeros((1000, 1))), 1000)
    assert found.moves_nothing
    two = told(x, dead, np.zeros((1000, 1)))
    two = dataclasses.replace(two, signal=signal.statement(found, still=Still.CONSTANT_OUTPUT), constant_output=True)
    judged = judge([told(x, good, 0.99 * good), two])
    assert (judged.state, judged.reason, judged.output) == (State.SICK, Reason.NO_SIGNAL, 1)


def test_a_network_that_was_never_trained() -> None:
    x = rng.normal(size=(2000, 10))
    y = column(x[:, 0] + rng.normal(size=2000))
    said = told(x, y, 0.3 * x[:, :1] + 0.9 * rng.normal(size=(2000, 1)))
    course = [float(v) for v in mse(y, 0 * y) * 1.5 + 0.1 * rng.normal(size=200)]
    assert said.signal.yes and said.skill.no
    learnt = signal.learnt(said.signal, lower(course), said.skill)
    assert learnt.no and reason_of(dataclasses.replace(said, signal=learnt)) is Reason.NO_SIGNAL


def test_averages_that_lag() -> None:
    """Training accuracy 0.996 and falling, 0.10 as used."""
    course = [float(v) for v in 2.3 * np.exp(-np.arange(120) / 40) + 0.02 * rng.normal(size=120)]
    falling = still_falling(course, math.log(10), used=3.1)
    said = Statements(yes(), yes(), signal=no(0.5), skill=no(-0.35), finds=yes(0.8), reach=no(0.0), falling=falling)
    assert falling.no and state_of(reason_of(said)) is State.SICK


def parity(steps: int = 1000) -> list[float]:
    """At 0.69 for half of the run, then down to nothing."""
    place = np.arange(steps)
    level = 0.693 / (1 + np.exp((place - 0.55 * steps) / (0.04 * steps)))
    return [float(v) for v in level + 0.01 * rng.normal(size=steps)]


def test_a_plateau_before_the_jump() -> None:
    course = parity()
    assert bounded(course, 0.693).yes and lower(course).yes
    assert bounded(course[:400], 0.693).yes and not still_falling(course[:400], 0.4).yes
    on_its_way = still_falling(course[:530], 0.35)
    said = Statements(yes(), yes(), signal=yes(9.0), skill=yes(0.1), finds=yes(0.9), reach=no(0.2), falling=on_its_way)
    assert on_its_way.yes and reason_of(said) is Reason.STILL_FALLING


def test_a_late_collapse() -> None:
    course = [float(v) for v in np.r_[np.exp(-np.arange(400) / 40), np.full(80, 0.4)] + 0.02 * rng.normal(size=480)]
    said: Statement = bounded(course, 0.693)
    assert said.no and reason_of(Statements(yes(), said, signal=yes(50.0), skill=yes(0.4))) is Reason.NOT_BOUNDED
