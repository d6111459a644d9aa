"""When the watching ends nothing of it is left: in the model, in Keras and TensorFlow, in memory."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from autostable.training import created, hooks, seams
from autostable.training.guard import Guard

PATCHED = [
    (seams.TensorFlowTrainer, "fit"), (seams.TensorFlowTrainer, "_make_function"),
    (seams.TensorFlowTrainer, "train_on_batch"), (seams.Trainer, "compute_loss"), (seams.BaseOptimizer, "apply"),
    (keras.optimizers.LossScaleOptimizer, "apply"), (seams.TFOptimizer, "_backend_update_step"),
    (tf.GradientTape, "gradient"), (seams.TraceFunction, "__call__"), (seams.Operation, "__new__"),
    (seams.BaseOptimizer, "__init__"), (seams.Loss, "__init__"), (tf.data.Dataset, "__init__"),
    (layers.Layer, "__call__"), (seams.Loss, "__call__"), (seams.Operation, "__call__"),
]  # fmt: skip


def data():
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def model_of(**options):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5, "tanh"), layers.BatchNormalization(), layers.Dense(1)])
    model.compile(**{"optimizer": "adam", "loss": "mse", **options})
    return model


def counts(*kinds):
    """How many of each there are; what was there before the first test began is not among them."""
    gc.collect()
    everything = gc.get_objects()
    return [sum(isinstance(each, kind) for each in everything) for kind in kinds]


def test_every_patch_is_taken_back(watch):
    before = [vars(holder).get(name) for holder, name in PATCHED]
    with watch():
        assert [vars(holder).get(name) for holder, name in PATCHED[:10]] != before[:10]
        model_of().fit(*data(), verbose=0)
    assert [vars(holder).get(name) for holder, name in PATCHED] == before


def test_patches_are_taken_back_after_a_failure(watch):
    before = [vars(holder).get(name) for holder, name in PATCHED]
    x, y = data()
    x[3] = np.nan
    with watch():
        model_of().fit(x, y, verbose=0)
    assert [vars(holder).get(name) for holder, name in PATCHED] == before
    assert not hooks.session


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])
def test_model_saves_reloads_and_exports(jit, watch, tmp_path):
    x, y = data()
    model = model_of(jit_compile=jit)
    with watch():
        model.fit(x, y, verbose=0)
        model.save(tmp_path / "within.keras")
    for path in (tmp_path / "within.keras", tmp_path / "after.keras"):
        if "after" in path.name:
            model.save(path)
        again = keras.models.load_model(path)
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
        again.fit(x, y, verbose=0)
    model.export(tmp_path / "exported", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(loaded.serve(x), model.predict(x, verbose=0), rtol=1e-4, atol=1e-6)
    names = (tmp_path / "exported" / "saved_model.pb").read_bytes() + b"".join(
        path.read_bytes() for path in (tmp_path / "exported" / "variables").iterdir()
    )
    assert b"vitals" not in names
    assert b"autostable" not in names
    assert model.train_function is None or not jit
    model.fit(x, y, verbose=0)


def test_user_attributes_of_a_model_are_as_they_were(watch):
    plain, guarded = model_of(), model_of()
    plain.fit(*data(), verbose=0)
    with watch():
        guarded.fit(*data(), verbose=0)
    assert vars(guarded).keys() == vars(plain).keys()
    assert vars(guarded.optimizer).keys() == vars(plain.optimizer).keys()


def test_twenty_fits_of_one_model_leave_no_more_than_one(watch):
    x, y = data()
    model = model_of()
    with watch():
        model.fit(x, y, verbose=0)
        before = counts(tf.Variable, Guard, seams.TraceFunction, tf.Graph)
        for _ in range(20):
            model.fit(x, y, verbose=0)
        after = counts(tf.Variable, Guard, seams.TraceFunction, tf.Graph)
        assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)


@pytest.mark.slow
def test_models_of_the_past_are_let_go(watch):
    x, y = data()
    refs = []
    with watch() as session:
        for _ in range(4):
            model = model_of()
            model.fit(x, y, verbose=0)
            refs.append(weakref.ref(model))
            del model
            keras.backend.clear_session()
        gc.collect()
        assert sum(ref() is not None for ref in refs) <= 1
        assert len(session.guards) <= 1
        variables = counts(tf.Variable)[0]
        for _ in range(4):
            model_of().fit(x, y, verbose=0)
            keras.backend.clear_session()
        assert counts(tf.Variable)[0] <= variables + 5


def test_memory_does_not_hold_the_users_data(watch):
    x, y = data()
    model = model_of()
    with watch():
        pipeline = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
        ref = weakref.ref(pipeline)
        model.fit(pipeline, verbose=0)
        assert created.site_of(pipeline) is not None
        del pipeline
        gc.collect()
        assert ref() is None


@pytest.mark.slow
def test_hundred_fits_do_not_grow(watch):
    import resource

    x, y = data()
    model = model_of()

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    with watch():
        for _ in range(20):
            model.fit(x, y, verbose=0)
        before = peak()
        for _ in range(100):
            model.fit(x, y, verbose=0)
        assert peak() - before < 30  # MB
