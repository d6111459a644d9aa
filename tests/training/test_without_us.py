"""A fit that nothing cures is run to the end that it would have come to without us, and what follows it is watched."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Verdict
from autostable.training import guard
from autostable.training.fits.without_us import WITHOUT_US
from autostable.training.session import Unstable

rng = np.random.default_rng(3)
X = rng.normal(size=(128, 4)).astype("float32")
Y = (X @ rng.normal(size=(4, 1)) + 0.1).astype("float32")
BAD = Y.copy()
BAD[100] = 0.0
NO_CURE = ("promote-precision",)  # nothing that cures a division


@pytest.fixture(autouse=True, params=[0.0, 1e9], ids=["at once", "at its end"])
def seen(request, monkeypatch):
    """When the host sees what went wrong: a short fit on a fast machine is over by then."""
    monkeypatch.setattr(guard, "LOOK_EVERY", request.param)


def relative(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred) / tf.abs(y_true), axis=-1)


def fitted(targets, loss, callbacks=(), epochs=3):
    """The figures of a fit, and its weights: to the bit."""
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.1), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(keras.optimizers.Adam(0.01), loss)
    told = model.fit(X, targets, epochs=epochs, batch_size=16, verbose=0, callbacks=list(callbacks))
    figures = {name: np.array(values).tobytes() for name, values in told.history.items()}
    return told.epoch, figures, [weight.tobytes() for weight in model.get_weights()]


def configurations():
    """A loop over configurations of which the first is hopeless."""
    return [fitted(BAD, relative), fitted(Y, "mse"), fitted(Y, "mae")]


@pytest.mark.slow
def test_it_ends_as_it_would_have_and_the_next_fits_are_watched(watch):
    alone = configurations()
    assert np.isnan(np.frombuffer(alone[0][1]["loss"])).all()
    with watch(repair=True, select=NO_CURE) as session:
        told = configurations()
    assert told == alone
    assert [story.verdict for story in session.stories] == [Verdict.UNREPAIRED, Verdict.HEALTHY, Verdict.HEALTHY]
    assert WITHOUT_US in session.stories[0].notes
    assert [attempt.kind for attempt in session.stories[0].attempts] == ["baseline"]  # this run is no attempt


@pytest.mark.slow
def test_callbacks_see_its_whole_run_and_nothing_of_the_one_that_was_stopped(watch):
    class Seen(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.epochs = []

        def on_epoch_end(self, epoch, logs=None):
            self.epochs.append((epoch, np.isnan(logs["loss"])))

    def run():
        seen = Seen()
        ended, _, _ = fitted(BAD, relative, [seen, keras.callbacks.TerminateOnNaN()])
        return ended, seen.epochs

    alone = run()
    with watch(repair=True, select=NO_CURE):
        assert run() == alone


@pytest.mark.slow
def test_it_gives_signs_of_life_or_it_would_be_taken_for_one_that_hangs(watch):
    def steps_told(targets, loss):
        told = []
        with watch(repair=True, select=NO_CURE) as session:
            session.on_story.append(lambda story: session.on_step.append(lambda: told.append(1)))
            fitted(targets, loss)
        return len(told)

    assert steps_told(BAD, relative) == 3 * 8
    assert steps_told(Y, "mse") == 0  # a healthy fit has ended by then


@pytest.mark.slow
def test_what_it_raises_is_the_programs(watch):
    """Labels that are out of range raise on a CPU."""
    classes = np.full((128,), 7)

    def fit():
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(X, classes, epochs=1, verbose=0)

    with pytest.raises(tf.errors.InvalidArgumentError) as alone:
        fit()
    with watch(repair=True, select=NO_CURE) as session, pytest.raises(tf.errors.InvalidArgumentError) as told:
        fit()
    assert "Received a label value of 7" in str(alone.value) and "Received a label value of 7" in str(told.value)
    assert [story.verdict for story in session.stories] == [Verdict.UNREPAIRED]


@pytest.mark.slow
def test_a_function_that_is_to_be_stable_is_left_at_once(watch):
    with watch(repair=True, stop_unhealthy=True, select=NO_CURE), pytest.raises(Unstable):
        fitted(BAD, relative)


@pytest.mark.slow
def test_a_model_of_it_is_watched_when_it_is_fitted_again(watch):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.01), relative)
    with watch(repair=True, select=NO_CURE) as session:
        model.fit(X, BAD, epochs=1, verbose=0)
        model.set_weights([np.ones((4, 1)), np.zeros(1)])
        model.fit(X, BAD, epochs=1, verbose=0)
    assert [story.symptom.kind for story in session.stories] == ["nonfinite", "nonfinite"]
    assert [story.verdict for story in session.stories] == [Verdict.UNREPAIRED, Verdict.UNREPAIRED]
