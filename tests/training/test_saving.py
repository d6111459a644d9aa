"""A repaired model is saved with its plan in it, as layers and operations of Keras' own."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.records import Remedy
from autostable.registry import setup_of
from autostable.training import hooks, install
from autostable.training.session import Orders, Session

PLAN = (
    Remedy("impute-missing", {"inputs": [{"fill": [1.0, 2.0, 3.0]}]}),
    Remedy("rescale-inputs", {"inputs": [{"center": [10.0, 20.0, 30.0], "scale": [2.0, 4.0, 8.0]}]}),
    Remedy("rescale-targets", {"targets": [{"center": [100.0], "scale": [50.0]}]}),
)


@pytest.fixture
def dressed():
    """A model with a plan on it, rows with a NaN among them, and its predictions."""
    hooks.arm(Session(Orders()))
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    installation = install.Installation(model, None)
    installation.put(setup_of(PLAN))
    rows = np.random.default_rng(0).normal(20.0, 5.0, (6, 3)).astype("float32")
    rows[2, 1] = np.nan
    yield model, rows, model.predict(rows, verbose=0)
    installation.take_off()
    hooks.disarm()


def test_predictions_are_in_the_users_units(dressed) -> None:
    model, rows, predicted = dressed
    hidden, last = model.layers
    filled = np.where(np.isfinite(rows), rows, [1.0, 2.0, 3.0])
    scaled = (filled - [10.0, 20.0, 30.0]) / [2.0, 4.0, 8.0]
    expected = 100.0 + 50.0 * (np.tanh(scaled @ hidden.kernel.numpy()) @ last.kernel.numpy())
    np.testing.assert_allclose(predicted, expected, rtol=1e-4)


def test_a_saved_model_predicts_the_same_without_autostable(dressed, tmp_path) -> None:
    model, rows, predicted = dressed
    model.save(tmp_path / "model.keras")
    hooks.disarm()
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(rows, verbose=0), predicted)


def test_an_exported_model_serves_the_same(dressed, tmp_path) -> None:
    model, rows, predicted = dressed
    model.export(str(tmp_path / "served"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_allclose(served.serve(rows).numpy(), predicted, rtol=1e-6)


TOO_FAST = Remedy("lower-learning-rate", {"factor": 0.001})
CLIPPED = Remedy("clip-gradients", {"global_clipnorm": 5.0})


def trained(optimizer, loss="mse", plan=(*PLAN, TOO_FAST, CLIPPED)):
    """A compiled model that has been trained under a plan, its rows and labels."""
    keras.utils.set_random_seed(0)
    rows = np.random.default_rng(0).normal([10.0, 20.0, 30.0], [2.0, 4.0, 8.0], (64, 3)).astype("float32")
    labels = (100.0 + 10.0 * rows[:, :1]).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    model.compile(optimizer, loss, metrics=[keras.metrics.MeanAbsoluteError()])
    session = Session(Orders(repair=False, plans={"0": plan}))
    hooks.arm(session)
    model.fit(rows, labels, epochs=3, verbose=0)
    return model, rows, labels


@pytest.mark.parametrize("name", ["model.keras", pytest.param("model.h5", marks=pytest.mark.whole)])
def test_a_saved_model_is_evaluated_and_trained_on_as_it_would_have_been(name, tmp_path) -> None:
    """Its rate of 60 was repaired to 0.06; from a file that says 60 it would go on to NaN."""
    plan = (*(PLAN if name == "model.keras" else PLAN[1:]), TOO_FAST, CLIPPED)
    # Keras 3.15 itself cannot read the text "mse" back from an .h5
    loss = keras.losses.MeanSquaredError()
    model, rows, labels = trained(keras.optimizers.SGD(60.0, momentum=0.5), loss, plan)
    evaluated = model.evaluate(rows, labels, verbose=0)
    model.save(tmp_path / name)
    assert float(model.optimizer.learning_rate) == 60.0 and model.optimizer.global_clipnorm is None
    wanted = model.fit(rows, labels, epochs=2, shuffle=False, verbose=0).history["loss"]
    hooks.disarm()
    again = keras.models.load_model(tmp_path / name)
    np.testing.assert_allclose(again.evaluate(rows, labels, verbose=0), evaluated, rtol=1e-5)
    assert float(again.optimizer.learning_rate) == pytest.approx(0.06)
    assert again.optimizer.global_clipnorm == 5.0 and again.optimizer.momentum == 0.5
    if name == "model.h5":  # it has no operations: gradients are those of the user's units, and it says so
        return
    assert int(again.optimizer.iterations) == 6
    history = again.fit(rows, labels, epochs=2, shuffle=False, verbose=0).history["loss"]
    assert np.all(np.isfinite(history)) and history[-1] < 2 * wanted[-1]


@pytest.mark.whole
def test_a_saved_schedule_is_the_one_in_force(tmp_path) -> None:
    schedule = keras.optimizers.schedules.CosineDecay(1.0, 1000, warmup_target=60.0, warmup_steps=3)
    model, _, _ = trained(keras.optimizers.SGD(schedule))
    model.save(tmp_path / "model.keras")
    hooks.disarm()
    config = keras.models.load_model(tmp_path / "model.keras").optimizer.get_config()["learning_rate"]["config"]
    assert (config["initial_learning_rate"], config["warmup_target"]) == (pytest.approx(1e-3), pytest.approx(0.06))
    assert model.optimizer.get_config()["learning_rate"]["config"]["warmup_target"] == 60.0


@pytest.mark.whole
def test_a_custom_loss_is_asked_for_as_keras_would(tmp_path) -> None:
    def own(y, predicted):
        return keras.ops.mean(keras.ops.square(y - predicted), axis=-1)

    model, rows, labels = trained(keras.optimizers.SGD(60.0), own)
    evaluated = model.evaluate(rows, labels, verbose=0)
    model.save(tmp_path / "model.keras")
    hooks.disarm()
    with pytest.raises(TypeError, match="own"):
        keras.models.load_model(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", custom_objects={"own": own})
    np.testing.assert_allclose(again.evaluate(rows, labels, verbose=0), evaluated, rtol=1e-5)


@pytest.mark.whole
def test_losses_by_the_names_of_outputs_are_kept(tmp_path) -> None:
    inputs = keras.Input((3,), name="rows")
    hidden = keras.layers.Dense(4)(inputs)
    heads = {name: keras.layers.Dense(1, name=name)(hidden) for name in ("price", "age")}
    model = keras.Model(inputs, heads)
    model.compile("sgd", {"price": "mse", "age": "mae"}, metrics={"price": ["mae"]})
    rows, labels = np.ones((8, 3), "float32"), {"price": np.ones((8, 1)), "age": np.ones((8, 1))}
    hooks.arm(Session(Orders(repair=False)))
    installation = install.Installation(model, None)
    installation.put(setup_of(PLAN[1:2]))
    evaluated = model.evaluate(rows, labels, verbose=0)
    model.save(tmp_path / "model.keras")
    installation.take_off()
    hooks.disarm()
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.evaluate(rows, labels, verbose=0), evaluated, rtol=1e-5)


class Seen(keras.callbacks.Callback):
    """Keeps the rate that a callback sees, as TensorBoard does."""

    def __init__(self):
        super().__init__()
        self.rates = []

    def on_epoch_end(self, epoch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))


def test_the_rate_in_force_is_what_is_logged(tmp_path) -> None:
    model, rows, labels = trained(keras.optimizers.SGD(60.0))
    hooks.disarm()
    hooks.arm(Session(Orders(repair=False, plans={"0": (*PLAN, TOO_FAST)})))
    slower = keras.callbacks.ReduceLROnPlateau("loss", patience=1, factor=0.5, min_delta=1e9, min_lr=0.02)
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "model.keras")
    seen = Seen()
    history = model.fit(rows, labels, epochs=4, verbose=0, callbacks=[slower, seen, checkpoint]).history
    assert seen.rates == pytest.approx([0.06, 0.03, 0.02, 0.02])
    assert history["learning_rate"][0] == pytest.approx(0.06)
    assert float(model.optimizer.learning_rate) == pytest.approx(20.0)
    evaluated = model.evaluate(rows, labels, verbose=0)
    hooks.disarm()
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.evaluate(rows, labels, verbose=0), evaluated, rtol=1e-5)
    assert float(again.optimizer.learning_rate) == pytest.approx(0.02)


def test_weights_alone_are_said_not_to_be_enough(dressed, tmp_path) -> None:
    model, _, _ = dressed
    with pytest.warns(UserWarning, match=r"w.weights.h5 belong to the model with its plan"):
        model.save_weights(tmp_path / "w.weights.h5")


def test_a_tuner_is_not_told_so(dressed, tmp_path, recwarn) -> None:
    model, _, _ = dressed
    hooks.session.lost = lambda story: None
    model.save_weights(tmp_path / "w.weights.h5")
    assert not [each for each in recwarn if "belong to the model" in str(each.message)]


def test_a_model_without_a_plan_is_saved_as_it_is(tmp_path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)], name="plain")
    hooks.arm(Session(Orders()))
    try:
        model.save(tmp_path / "model.keras")
    finally:
        hooks.disarm()
    assert keras.models.load_model(tmp_path / "model.keras").name == "plain"


WINDOWS = Remedy(
    "difference-windows",
    {"feature": 1, "input": {"center": [5.0, 0.0], "scale": [2.0, 10.0]}, "target_scale": 4.0},
)  # fmt: skip


def test_forecasts_come_back_to_the_level_of_their_window_and_are_saved_so(tmp_path) -> None:
    hooks.arm(Session(Orders()))
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 2)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile(loss="mse")
    rows = np.random.default_rng(0).normal([5.0, 3e4], [2.0, 100.0], (8, 6, 2)).astype("float32")
    after = rows[:, -1:, 1] + np.asarray([1.0, 2.0, 3.0], "float32")
    kernel = model.layers[-1].kernel.numpy()
    installation = install.Installation(model, None)
    installation.put(setup_of((WINDOWS,)))
    predicted = model.predict(rows, verbose=0)
    lost = model.evaluate(rows, after, verbose=0)
    model.save(tmp_path / "model.keras")
    installation.take_off()
    hooks.disarm()
    last = np.zeros((8, 1, 2), "float32")
    last[:, 0, 1] = rows[:, -1, 1]
    scaled = (rows - last - [5.0, 0.0]) / [2.0, 10.0]
    expected = scaled.reshape(8, -1) @ kernel * 4.0 + rows[:, -1:, 1]
    np.testing.assert_allclose(predicted, expected, rtol=1e-5)
    assert lost == pytest.approx(float(np.mean((expected - after) ** 2)), rel=1e-3)
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(rows, verbose=0), predicted)


def test_what_keras_itself_loses_is_told(tmp_path) -> None:
    keras.utils.set_random_seed(0)
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    brought, adapted = keras.layers.Normalization(name="brought"), keras.layers.Normalization(name="adapted")
    adapted.adapt(np.random.default_rng(0).normal(size=(9, 3)))
    model = keras.Sequential([keras.Input((3,)), adapted, brought, keras.layers.Dense(1)], name="net")
    brought.set_weights([np.full(3, 5.0), np.full(3, 2.0), np.zeros(())])
    model.compile(keras.optimizers.LossScaleOptimizer(optimizer), "mse")
    session = Session(Orders(repair=False))
    hooks.arm(session)
    model.save(tmp_path / "model.keras")
    model.save(tmp_path / "again.keras")
    hooks.disarm()
    scale, decay, numbers = session.remarks
    assert (
        "scale of the loss" in scale and "exclude_from_weight_decay" in decay and numbers.startswith("brought does not")
    )
