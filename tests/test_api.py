"""Ways in from Python: `stabilize`, `run` and the `Guard` callback, on functions that train in this process."""

from __future__ import annotations

import gc
import io
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import autostable
from autostable import api
from autostable.errors import UsageError
from autostable.records import Code, Report, Verdict
from autostable.report import live

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
pytestmark = pytest.mark.slow

ROWS = 192


def data(zero: bool) -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(ROWS, 4)).astype("float32")
    y = (x @ rng.normal(size=(4, 1)) + 0.1).astype("float32")
    if zero:
        y[17] = 0.0
    return x, y


def relative(y_true: Any, y_pred: Any) -> Any:
    return tf.reduce_mean(tf.square(y_true - y_pred) / tf.abs(y_true), axis=-1)


def model() -> Any:
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])


def fitted(zero: bool, epochs: int = 12) -> Any:
    x, y = data(zero)
    made = model()
    made.compile(keras.optimizers.Adam(0.01), relative if zero else "mse")
    history = made.fit(x, y, epochs=epochs, batch_size=32, verbose=0)
    return made, history


def looped(bad: bool, calls: list[int]) -> float:
    calls.append(1)
    x, y = data(bad)
    made, optimizer, loss = model(), keras.optimizers.SGD(0.05), None

    @tf.function  # type: ignore[untyped-decorator, unused-ignore]
    def step(batch: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            error = (made(batch, training=True) - target) * tf.sign(tf.abs(target))
            value = tf.reduce_mean(tf.sqrt(tf.reduce_sum(tf.square(error), axis=-1)))
        gradients = tape.gradient(value, made.trainable_variables)
        optimizer.apply_gradients(zip(gradients, made.trainable_variables, strict=True))
        return value

    for _ in range(3):
        for start in range(0, ROWS, 32):
            loss = step(x[start : start + 32], y[start : start + 32])
    return float(loss)


def originals() -> dict[str, Any]:
    from keras.src.backend.tensorflow.trainer import TensorFlowTrainer
    from keras.src.optimizers.base_optimizer import BaseOptimizer

    holders = [(TensorFlowTrainer, "fit"), (TensorFlowTrainer, "train_on_batch"), (BaseOptimizer, "apply"),
               (keras.layers.Layer, "__call__"), (tf.GradientTape, "gradient"), (tf.math, "sqrt"),
               (keras.losses.Loss, "__init__")]  # fmt: skip
    return {f"{holder.__name__}.{name}": getattr(holder, name) for holder, name in holders}


PRISTINE = originals()


@pytest.fixture(autouse=True)
def nothing_is_left_armed() -> Iterator[None]:
    before = originals()
    yield
    gc.collect()  # what is on a repaired model stays on as long as the model lives
    from autostable.training import hooks, install, watching

    assert not watching.is_watching()
    if hooks.session is not None:  # a Guard was made: its fits stay watched, nothing else
        hooks.disarm()
    if not install._installed:  # what a repaired model needs stays as long as one lives, be it an earlier test's
        assert originals() in (before, PRISTINE)


# -- stabilize ------------------------------------------------------------------------------------


def test_a_function_that_fails_is_repaired_and_gives_its_own_value() -> None:
    train = autostable.stabilize(fitted)
    made, history = train(True)
    assert train.report.verdict is Verdict.REPAIRED
    assert train.report.causes[0].code is Code.UNSAFE_DIVISION
    assert train.report.site.file.endswith("test_api.py") and "tf.abs(y_true)" in train.report.site.source
    assert len(history.history["loss"]) == 12 and np.isfinite(history.history["loss"]).all()
    assert all(np.isfinite(weights).all() for weights in made.get_weights())


def test_a_healthy_function_is_left_alone() -> None:
    plain, _ = fitted(False)
    train = autostable.stabilize()(fitted)
    ours, history = train(False)
    assert (train.report.verdict, train.report.plan, len(train.report.attempts)) == (Verdict.HEALTHY, (), 1)
    for mine, theirs in zip(plain.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(history.history["loss"]) == 12


def test_a_loop_is_called_again_until_a_plan_holds() -> None:
    calls: list[int] = []
    train = autostable.stabilize(looped)
    loss = train(True, calls)
    assert np.isfinite(loss)
    assert train.report.verdict is Verdict.REPAIRED
    assert train.report.causes[0].code is Code.UNSAFE_SQRT
    assert len(calls) == len(train.report.attempts)
    assert train.report.attempts[-1].kind == "full"


def test_a_healthy_loop_is_called_once() -> None:
    calls: list[int] = []
    train = autostable.stabilize(looped)
    assert np.isfinite(train(False, calls))
    assert (len(calls), train.report.verdict) == (1, Verdict.HEALTHY)
    assert train.report.cost.steps_total == 18


@pytest.mark.parametrize("train", [lambda: fitted(True), lambda: looped(True, [])])
def test_what_no_allowed_remedy_cures_raises(train: Callable[[], Any]) -> None:
    decorated = autostable.stabilize(select=["promote-precision"])(train)
    with pytest.raises(autostable.UnstableError, match=r"not repaired \(unsafe-(division|sqrt): ") as raised:
        decorated()
    assert raised.value.report.verdict is Verdict.UNREPAIRED
    assert decorated.report is raised.value.report


def test_the_functions_own_exceptions_are_its_own() -> None:
    @autostable.stabilize
    def train() -> None:
        fitted(False, epochs=1)
        raise OSError("disk is full")

    with pytest.raises(OSError, match="disk is full"):
        train()


def test_a_decorated_function_within_another_is_part_of_it() -> None:
    inner = autostable.stabilize(fitted)

    @autostable.stabilize
    def outer() -> Any:
        return inner(True)[1]

    history = outer()
    assert outer.report.verdict is Verdict.REPAIRED and outer.report.plan
    assert inner.report.verdict is Verdict.HEALTHY and inner.report.notes == ("Watched by the session around it.",)
    assert np.isfinite(history.history["loss"]).all()


def test_it_can_be_called_again_and_the_report_is_the_last_calls() -> None:
    train = autostable.stabilize(fitted)
    assert train.report is None
    train(True)
    train(False)
    assert train.report.verdict is Verdict.HEALTHY


def test_it_keeps_name_and_text() -> None:
    train = autostable.stabilize(looped)
    assert train.__name__ == "looped" and train.__wrapped__ is looped


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_atempts": 3}, "has no option 'max_atempts'"),
        ({"max_attempts": 0}, "max.attempts"),
        ({"budget": "much"}, "budget"),
        ({"goal": "splendid"}, "goal"),
        ({"select": ["epsilon-los"]}, "epsilon-los"),
        ({"ignore": "no-such-cause"}, "no-such-cause"),
        ({"time_limit": -1}, "time.limit"),
    ],
)
def test_wrong_options_are_refused_at_once(options: dict[str, Any], words: str) -> None:
    with pytest.raises(autostable.AutostableError, match=words):
        autostable.stabilize(**options)


def test_options_reach_the_repair() -> None:
    train = autostable.stabilize(max_attempts=1, select="lower-learning-rate")(fitted)
    with pytest.raises(autostable.UnstableError):
        train(True)  # no rate helps where 0 is divided by, and no other remedy may be tried
    assert [[step.name for step in attempt.plan] for attempt in train.report.attempts] == [[], ["lower-learning-rate"]]


# -- run ------------------------------------------------------------------------------------------


def test_run_gives_the_report() -> None:
    report = autostable.run(fitted, True, epochs=6)
    assert isinstance(report, Report)
    assert (report.verdict, report.target["name"]) == (Verdict.REPAIRED, f"{fitted.__module__}.fitted")
    assert report.environment["tensorflow"] == tf.__version__


def test_run_tells_of_a_failure_it_cannot_cure() -> None:
    x, y = data(False)

    def train() -> None:
        made = model()
        made.compile("sgd", "mse")
        made.fit(x, np.full_like(y, np.nan), epochs=2, verbose=0)

    report = autostable.run(train)
    assert report.verdict is Verdict.UNREPAIRED
    assert report.causes[0].code is Code.DATA_NONFINITE


def test_labels_that_are_refused_and_that_no_allowed_remedy_cures_are_told() -> None:
    x, _ = data(False)

    def train() -> None:
        made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        made.fit(x, np.full((ROWS,), 7), epochs=1, verbose=0)

    report = api.conducted(train, {"select": ["promote-precision"]}, name="train", kind="function")
    assert (report.verdict, report.causes[0].code) == (Verdict.UNREPAIRED, Code.LABELS_OUT_OF_RANGE)


# -- Guard ----------------------------------------------------------------------------------------


def fit_with(guard: Any, zero: bool, **more: Any) -> Any:
    x, y = data(zero)
    made = model()
    made.compile(keras.optimizers.Adam(0.01), relative if zero else "mse")
    made.fit(x, y, epochs=4, batch_size=32, verbose=0, callbacks=[guard], **more)
    return made


def test_a_guard_stops_and_names_cause_and_line(caplog: pytest.LogCaptureFixture) -> None:
    guard = autostable.Guard()
    with caplog.at_level(logging.WARNING, logger="autostable"):
        made = fit_with(guard, True)
    assert guard.report.verdict is Verdict.UNREPAIRED and guard.report.plan == ()
    assert guard.report.causes[0].code is Code.UNSAFE_DIVISION
    assert len(guard.report.attempts) == 1
    assert all(np.isfinite(weights).all() for weights in made.get_weights())
    (record,) = caplog.records
    assert "non-finite" in record.message and "unsafe-division" in record.message and "test_api.py:" in record.message


def test_a_guard_may_raise() -> None:
    guard = autostable.Guard(raises=True)
    with pytest.raises(autostable.UnstableError) as raised:
        fit_with(guard, True)
    assert raised.value.report is guard.report


def test_a_guard_leaves_a_healthy_fit_alone() -> None:
    guard, plain = autostable.Guard(), keras.callbacks.Callback()
    ours, theirs = fit_with(guard, False), fit_with(plain, False)
    assert guard.report.verdict is Verdict.HEALTHY
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_guard_watches_its_own_fit_only() -> None:
    guard = autostable.Guard()
    made, _ = fitted(True, epochs=2)  # no guard among its callbacks: NaN, as without autostable
    assert not all(np.isfinite(weights).all() for weights in made.get_weights())
    assert guard.report is None


def test_a_guard_may_be_used_again() -> None:
    guard = autostable.Guard()
    fit_with(guard, True)
    fit_with(guard, False)
    assert guard.report.verdict is Verdict.HEALTHY


def linear(rate: float, epochs: int) -> tuple[autostable.Guard, list[float]]:
    """What a guard says of a linear model at some rate."""
    keras.utils.set_random_seed(3)
    x = np.random.default_rng(3).normal(size=(256, 4)).astype("float32")
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(rate), "mse")
    guard = autostable.Guard()
    history = made.fit(x, x[:, :1] * 3 + 1, epochs=epochs, batch_size=32, verbose=0, callbacks=[guard])
    return guard, history.history["loss"]


@pytest.mark.parametrize(("rate", "epochs", "kind", "words"), [
    (1.2, 3, "diverged", "diverged: the loss had diverged by step"),
    (1e-12, 8, "useless", "nothing learnt: "),
])  # fmt: skip
def test_a_guard_tells_of_what_stays_finite(
    rate: float, epochs: int, kind: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="autostable"):
        guard, losses = linear(rate, epochs)
    assert guard.report.symptom.kind == kind
    assert len(losses) == epochs and np.isfinite(losses).all()  # it went on to its end
    (record,) = caplog.records
    assert record.message.startswith(words)


def test_a_bound_method_is_watched_like_a_function_around_it(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = data(True)
    made = model()
    made.compile(keras.optimizers.Adam(0.01), relative)
    report = autostable.run(made.fit, x, y, epochs=4, batch_size=32, verbose=0)
    assert report.verdict is Verdict.REPAIRED and report.target["name"] == f"{type(made).__name__}.fit"
    assert capsys.readouterr().err.strip() == str(report).strip()
    assert {"report", "page", "stable"} <= set(report.files)


def test_all_names_are_listed() -> None:
    assert [name for name in dir(autostable) if not name.startswith("_")] == [
        "AutostableError", "Guard", "StableHyperModel", "UnstableError", "load_ipython_extension", "run", "stabilize",
    ]  # fmt: skip
    assert "__version__" in dir(autostable)


def test_importing_autostable_is_free_of_tensorflow() -> None:
    import subprocess

    code = "import sys, autostable; assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'stabilise'"):
        autostable.stabilise  # noqa: B018


def test_usage_errors_are_errors_of_ours() -> None:
    assert issubclass(UsageError, autostable.AutostableError)


def test_on_a_terminal_what_goes_on_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120, color_system=None)
    monkeypatch.setattr(api, "show_on", lambda stream, most: live.Line(console, most))
    assert autostable.run(fitted, True).verdict is Verdict.REPAIRED
    assert "in step 2, looking for the cause" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[?25h") or "\x1b[?25h" in stream.getvalue()  # the cursor is there again
