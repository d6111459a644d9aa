"""The libraries of the plain models are loaded on suspicion only: a healthy run does without scikit-learn and SciPy.

Keras itself loads scikit-learn where it finds it. So here nobody finds it: who asks for it is written down, and gets nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.execution.conftest import Run

pytestmark = pytest.mark.slow

HIDDEN = """
import atexit, os, sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in ("sklearn", "scipy"):
            return None
        asks = sys._getframe(1)
        while "importlib" in asks.f_code.co_filename:
            asks = asks.f_back
        note(f"{asks.f_globals['__name__']} asks for {name}")
        raise ModuleNotFoundError(name)


def note(line):
    with open(os.environ["ASKED"], "a") as file:
        print(line, file=file)


def loaded():
    note("loaded: " + str(sorted(name for name in sys.modules if name.partition(".")[0] in ("sklearn", "scipy"))))


sys.meta_path.insert(0, Hidden())
atexit.register(loaded)

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(800, 6)).astype("float32")
numbers = (x @ np.array([1.0, -2.0, 0.5, 0.0, 3.0, 1.0]) / 4).astype("float32")
classes = (numbers > 0).astype("int32")


def network(outputs, activation=None):
    layers = [keras.Input((6,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(outputs, activation)]
    return keras.Sequential(layers)
"""
OF_NUMBERS = """
model = network(1)
model.compile(keras.optimizers.Adam(0.01), "mse")
model.fit(x, numbers, epochs=15, verbose=0)
"""
OF_CLASSES = """
model = network(2, "softmax")
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
model.fit(x, classes, epochs=15, validation_split=0.2, verbose=0)
"""
LOOP = """
model, optimizer = network(2), keras.optimizers.Adam(0.01)
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
for _ in range(5):
    for rows, wanted in tf.data.Dataset.from_tensor_slices((x, classes)).batch(32):
        with tf.GradientTape() as tape:
            loss = loss_of(wanted, model(rows, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
"""
SUSPECT = """
model = network(2, "softmax")
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
model.fit(x, rng.integers(0, 2, 800), epochs=5, verbose=0)
"""


def asked(program: str, autostable: Run, tmp_path: Path) -> tuple[str, list[str]]:
    """What is told in the end, and who has asked for what."""
    (tmp_path / "train.py").write_text(HIDDEN + program)
    done = autostable("run", "train.py", env={"ASKED": str(tmp_path / "asked")})
    assert done.returncode == 0, done.stderr
    return done.stderr, (tmp_path / "asked").read_text().splitlines()


@pytest.mark.parametrize("program", [OF_NUMBERS, OF_CLASSES, LOOP], ids=["numbers", "classes", "loop"])
def test_a_healthy_run_loads_neither(program: str, autostable: Run, tmp_path: Path) -> None:
    told, lines = asked(program, autostable, tmp_path)
    assert "autostable: healthy  train.py\nNothing is wrong with this training; nothing was changed.\n" in told
    assert [line for line in lines if line.startswith("autostable")] == []
    assert lines[-1] == "loaded: []"


def test_a_suspicion_asks_for_them(autostable: Run, tmp_path: Path) -> None:
    _, lines = asked(SUSPECT, autostable, tmp_path)
    assert "autostable.judgement.plain_models asks for scipy" in lines
