"""Programs with the edits of a remedy in them, run: what they train, predict, save and load."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.evidence import ArrayFacts, Evidence, LayerFacts, ModelFacts
from autostable.patch.changes import apply_changes
from autostable.records import Site, Symptom
from autostable.registry import remedies

OUT = LayerFacts("out", "Dense", "linear", units=1, is_output=True)
MODEL = ModelFacts(layers=(OUT,), loss="mean_squared_error", optimizer="SGD")
TWO = {"center": [100.0, 1000.0], "scale": [10.0, 500.0]}
UNIT = {"center": [5000.0], "scale": [300.0]}
RNG = np.random.default_rng(0)
X = (RNG.normal(size=(64, 2)) * [10.0, 500.0] + [100.0, 1000.0]).astype("float32")
Y = (5000.0 + 3.0 * (X[:, :1] - 100.0) + 0.5 * (X[:, 1:] - 1000.0)).astype("float32")


def facts(name: str, values: Any) -> ArrayFacts:
    return ArrayFacts(name, np.shape(values), "float32", len(values))


def patched(program: str, name: str, parameters: Any, **known: Any) -> dict[str, Any]:
    """What a program defines that was run with an edit in it; `fit` is in its last line, `compile` in the one before."""
    lines = len(program.splitlines())
    model = dataclasses.replace(
        MODEL, fit_site=Site(file="train.py", line=lines), loss_site=Site(file="train.py", line=lines - 1),
        optimizer_site=Site(file="train.py", line=lines - 1), **known.pop("model", {}),
    )  # fmt: skip
    known = {"inputs": (facts("x", X),), "targets": (facts("y", Y),), **known}
    changes = remedies()[name].edit(parameters, Evidence(Symptom("nonfinite", 1), model=model, **known))
    text, refused = apply_changes(program, changes)
    assert refused == {}, text
    keras.utils.set_random_seed(0)
    found: dict[str, Any] = {"x": X, "y": Y, "__name__": "patched"}
    exec(compile(text, "train.py", "exec"), found)
    return found


PLAIN = """\
import keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
model.compile(keras.optimizers.SGD(0.01), "mse")
history = model.fit(x, y, epochs=3, shuffle=False, verbose=0)
"""


def kernels(model: Any) -> list[Any]:
    return [variable.numpy() for variable in model.trainable_variables]


def trained(x: Any, y: Any, loss: Any = "mse") -> Any:
    """A model that a person trains on data that were put in order."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.01), loss)
    model.fit(x, y, epochs=3, shuffle=False, verbose=0)
    return model


def test_inputs_are_standardised_by_the_model_itself(tmp_path: Path) -> None:
    found = patched(
        PLAIN.replace("fit(x, y", "fit(x, (y - 5000) / 300"), "rescale-inputs", {"method": "standard", "inputs": [TWO]}
    )
    by_hand = trained((X - TWO["center"]) / TWO["scale"], (Y - 5000.0) / 300.0)
    np.testing.assert_allclose(kernels(found["model"])[0], kernels(by_hand)[0], rtol=1e-4)
    found["model"].save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again.predict(X, verbose=0), found["model"].predict(X, verbose=0), rtol=1e-5)


@pytest.mark.parametrize(("loss", "name"), [("mse", "mean_squared_error"), ("mae", "mean_absolute_error")])
def test_targets_in_units_of_order_one_train_the_same_weights(loss: str, name: str, tmp_path: Path) -> None:
    program = PLAIN.replace('"mse"', f'"{loss}"').replace("fit(x, y", "fit((x - 100) / 500, y")
    found = patched(program, "rescale-targets", {"targets": [UNIT]}, model={"loss": name})
    x = (X - 100.0) / 500.0
    by_hand = trained(x, (Y - 5000.0) / 300.0, loss)
    np.testing.assert_allclose(kernels(found["model"])[0], kernels(by_hand)[0], rtol=1e-4)
    model = found["model"]
    answers = model.predict(x, verbose=0)
    np.testing.assert_allclose(answers, by_hand.predict(x, verbose=0) * 300.0 + 5000.0, rtol=1e-4)
    shown = model.evaluate(x, Y, verbose=0)
    assert shown == pytest.approx(
        float(np.mean((answers - Y) ** 2 if loss == "mse" else np.abs(answers - Y))), rel=1e-4
    )
    model.save(tmp_path / "m.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "m.keras").predict(x, verbose=0), answers, rtol=1e-5)


def test_a_tiny_unit_loses_no_digits() -> None:
    tiny = {"center": [4e-12], "scale": [5e-12]}
    program = PLAIN.replace("fit(x, y", "fit(x * 0 + 1, y * 0 + 4e-12")
    found = patched(program, "rescale-targets", {"targets": [tiny]})
    x = np.ones((4, 2), "float32")
    kernel, bias = kernels(found["model"])
    np.testing.assert_allclose(found["model"].predict(x, verbose=0), (x @ kernel + bias) * 5e-12 + 4e-12, rtol=1e-5)


@pytest.mark.parametrize("loss", ['"huber"', "keras.losses.Huber(0.5)", "own"])
def test_a_loss_with_a_unit_of_its_own_is_taken_in_units_of_order_one(loss: str, tmp_path: Path) -> None:
    own = (
        "import keras\ndef own(y_true, y_pred): return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 1.5, axis=-1)\n"
    )
    program = PLAIN.replace('"mse"', loss).replace("fit(x, y", "fit((x - 100) / 500, y").replace("import keras\n", own)
    known = {"loss": "custom" if loss == "own" else "huber"}
    found = patched(program, "rescale-targets", {"targets": [UNIT]}, model=known)
    by_hand = trained((X - 100.0) / 500.0, (Y - 5000.0) / 300.0, found["own"] if loss == "own" else eval(loss))
    np.testing.assert_allclose(kernels(found["model"])[0], kernels(by_hand)[0], rtol=1e-4)
    found["model"].save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")  # with its loss
    assert again.evaluate(X, Y, verbose=0) == pytest.approx(found["model"].evaluate(X, Y, verbose=0), rel=1e-4)


NAMED = """\
import keras
given = keras.Input((2,))
size = keras.layers.Dense(1, name="size")(given)
kind = keras.layers.Dense(3, activation="softmax", name="kind")(given)
model = keras.Model(given, ANSWERS)
model.compile("sgd", {"size": "mse", "kind": "sparse_categorical_crossentropy"}, metrics={"kind": ["accuracy"]})
history = model.fit((x - 100) / 500, {"size": y, "kind": (y > 5000).astype("int32")}, epochs=2, verbose=0)
"""


@pytest.mark.parametrize(("answers", "place"), [("[size, kind]", 0), ('{"size": size, "kind": kind}', 1)])
def test_one_of_several_answers_keeps_name_and_metrics(answers: str, place: int) -> None:
    outputs = (OUT, dataclasses.replace(OUT, name="kind", units=3, place=1))
    losses = ("mean_squared_error", "sparse_categorical_crossentropy")
    units: list[Any] = [None, None]
    units[place] = UNIT
    found = patched(
        NAMED.replace("ANSWERS", answers), "rescale-targets", {"targets": units},
        model={"layers": outputs, "losses": losses if place == 0 else losses[::-1]}, targets=(facts("y", Y),) * 2,
    )  # fmt: skip
    assert "kind_accuracy" in found["history"].history
    said = found["model"].predict((X - 100.0) / 500.0, verbose=0)
    assert abs(float(np.mean(said["size"] if place else said[0])) - 5000.0) < 1000.0


def test_missing_entries_are_filled_wherever_the_model_is_used() -> None:
    program = PLAIN.replace("fit(x, y", "fit((x - 100) / 500, (y - 5000) / 300")
    found = patched(program, "impute-missing", {"inputs": [{"fill": [1.0, -1.0]}]})
    said = found["model"].predict(np.array([[np.nan, 2.0], [1.0, np.inf]], "float32"), verbose=0)
    wanted = found["model"].predict(np.array([[1.0, 2.0], [1.0, -1.0]], "float32"), verbose=0)
    np.testing.assert_array_equal(said, wanted)


def test_outliers_are_clipped_wherever_the_model_is_used() -> None:
    program = PLAIN.replace("fit(x, y", "fit((x - 100) / 500, (y - 5000) / 300")
    found = patched(program, "winsorize-outliers", {"inputs": [{"low": [-1.0, -2.0], "high": [1.0, 2.0]}]})
    said = found["model"].predict(np.array([[1e20, -1e20]], "float32"), verbose=0)
    np.testing.assert_array_equal(said, found["model"].predict(np.array([[1.0, -2.0]], "float32"), verbose=0))


OF_A_CLASS = """\
import keras
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1, kernel_initializer="ones")
    def call(self, x):
        return self.head(x)
model = Net()
model.compile(keras.optimizers.SGD(0.01), "mse")
model.fit(x, y, epochs=3, shuffle=False, verbose=0)
"""


def test_a_model_of_a_class_of_the_user_s_does_it_in_its_call() -> None:
    program = OF_A_CLASS.replace("fit(x, y", "fit(x, (y - 5000) / 300")
    found = patched(program, "rescale-inputs", {"method": "standard", "inputs": [TWO]})
    by_hand = trained((X - TWO["center"]) / TWO["scale"], (Y - 5000.0) / 300.0)
    np.testing.assert_allclose(kernels(found["model"])[0], kernels(by_hand)[0], rtol=1e-4)
    found = patched(OF_A_CLASS.replace("fit(x, y", "fit((x - 100) / 500, y"), "rescale-targets", {"targets": [UNIT]})
    by_hand = trained((X - 100.0) / 500.0, (Y - 5000.0) / 300.0)
    np.testing.assert_allclose(kernels(found["model"])[0], kernels(by_hand)[0], rtol=1e-4)


STREAM = """\
import keras
import tensorflow as tf
x[3, 0] = float("nan")
y[5, 0] = float("inf")
data = tf.data.Dataset.from_tensor_slices(((x - 100) / 500, (y - 5000) / 300)).batch(16)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
history = model.fit(data, epochs=2, verbose=0)
"""


def test_rows_with_nan_are_left_out_of_a_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    fit = keras.Sequential.fit

    def counted(self: Any, data: tf.data.Dataset, **kwargs: Any) -> Any:
        seen.extend(len(batch) for batch, _ in data)
        return fit(self, data, **kwargs)

    monkeypatch.setattr(keras.Sequential, "fit", counted)
    monkeypatch.setitem(globals(), "X", X.copy())
    monkeypatch.setitem(globals(), "Y", Y.copy())
    bad = dataclasses.replace(facts("x", X), bad_row_count=1)
    found = patched(STREAM, "drop-nonfinite-rows", {"drop_rows": True}, inputs=(bad,))
    assert seen == [14, 16, 16, 16]
    assert np.isfinite(found["history"].history["loss"]).all()


WINDOWS = """\
import keras
model = keras.Sequential([keras.Input((4, 1)), keras.layers.Flatten(), keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile(keras.optimizers.SGD(0.01), "mse")
model.fit(x, y, epochs=1, verbose=0)
"""


def test_windows_are_taken_relative_to_their_last_value() -> None:
    from autostable.evidence import WindowFacts

    x = np.arange(40, dtype="float32").reshape(10, 4, 1)
    program = WINDOWS.replace("fit(x, y", "fit(series, series[:, -1, :]").replace(
        "import keras\n",
        'import keras\nimport numpy as np\nseries = np.arange(40, dtype="float32").reshape(10, 4, 1)\n',
    )
    parameters = {"feature": 0, "input": {"center": [0.0], "scale": [3.0]}, "target_scale": 2.0}
    found = patched(
        program, "difference-windows", parameters, inputs=(facts("x", x),), targets=(facts("y", x[:, -1]),),
        windows=WindowFacts(0, 1.0, 9.0, 3.0, 3),
    )  # fmt: skip
    # what the layers say is 0, and their loss with it
    np.testing.assert_allclose(found["model"].predict(x, verbose=0), x[:, -1])
