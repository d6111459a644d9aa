"""How a search ends its trials (Optuna's TrialPruned) is no failure of a training, and passes through."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Verdict
from autostable.training.fit import ENDED
from autostable.training.fits.raised import ended_by_caller

optuna = pytest.importorskip("optuna")
rng = np.random.default_rng(3)
X = rng.normal(size=(128, 4)).astype("float32")
Y = (X @ rng.normal(size=(4, 1)) + 0.1).astype("float32")
BAD = Y.copy()
BAD[100] = 0.0


def relative(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred) / tf.abs(y_true), axis=-1)


class Prunes(keras.callbacks.Callback):
    """Ends a training after an epoch; or, as Optuna's own pruners do, as soon as its loss is NaN."""

    def __init__(self, at, raised):
        super().__init__()
        self.at, self.raised = at, raised

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.at or np.isnan(logs["loss"]):
            raise self.raised("no more of it")


def fitted(targets, loss, at, raised=optuna.TrialPruned):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), loss)
    return model.fit(X, targets, epochs=4, batch_size=16, verbose=0, callbacks=[Prunes(at, raised)])


class Pruned(optuna.TrialPruned):
    """One of a user's own."""


@pytest.mark.parametrize(
    ("error", "ends"),
    [(optuna.TrialPruned(), True), (Pruned(), True), (optuna.exceptions.StorageInternalError(), False),
     (ValueError(), False), (None, False)],
)  # fmt: skip
def test_which_exceptions_end_a_trial(error, ends):
    assert ended_by_caller(error) is ends


def test_so_do_those_of_keras_tuner_and_ray():
    tuner, ray = pytest.importorskip("keras_tuner"), pytest.importorskip("ray")
    assert ended_by_caller(tuner.errors.FailedTrialError()) and ended_by_caller(ray.exceptions.TaskCancelledError())
    assert not ended_by_caller(tuner.errors.FatalValueError()) and not ended_by_caller(
        ray.exceptions.WorkerCrashedError()
    )


@pytest.mark.slow
def test_a_sound_training_that_is_pruned_is_none_that_failed(watch):
    with watch(repair=True) as session, pytest.raises(optuna.TrialPruned):
        fitted(Y, "mse", at=1)
    (story,) = session.stories
    assert (story.verdict, story.full, story.notes) == (Verdict.HEALTHY, 16, (ENDED,))
    assert story.attempts[0].why == "ended by its caller (TrialPruned)"


@pytest.mark.slow
def test_what_else_a_callback_raises_is_the_programs_failure(watch):
    with watch(repair=True) as session, pytest.raises(OSError, match="no more of it"):
        fitted(Y, "mse", at=1, raised=OSError)
    assert [story.verdict for story in session.stories] == [Verdict.FAILED]


@pytest.mark.slow
def test_one_that_is_pruned_for_its_nan_is_repaired(watch):
    with watch(repair=True) as session:
        told = fitted(BAD, relative, at=None)
    assert [story.verdict for story in session.stories] == [Verdict.REPAIRED]
    assert len(told.epoch) == 4 and np.isfinite(told.history["loss"]).all()


@pytest.mark.slow
def test_where_nothing_cures_it_the_search_ends_it_as_it_would_have(watch):
    with watch(repair=True, select=("promote-precision",)) as session, pytest.raises(optuna.TrialPruned):
        fitted(BAD, relative, at=None)
    assert [story.verdict for story in session.stories] == [Verdict.UNREPAIRED]


@pytest.mark.slow
def test_a_repaired_one_may_be_pruned_too(watch):
    with watch(repair=True) as session, pytest.raises(optuna.TrialPruned):
        fitted(BAD, relative, at=2)
    (story,) = session.stories
    assert story.verdict is Verdict.REPAIRED and story.attempts[-1].why == "ended by its caller (TrialPruned)"
    assert len([attempt for attempt in story.attempts if attempt.kind == "full"]) == 1
