"""The capsule of a failing step: small, self-contained, and good for another look."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from autostable.errors import StoreError
from autostable.execution.replay import replay
from autostable.training import hooks
from autostable.training.replay import capsule
from autostable.training.replay.pure_operations import PURE
from autostable.training.session import Orders, Session


def _train(folder: str) -> None:
    """A gradient of sqrt at zero, in a layer of the user's."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(2)(inputs)
    norm = keras.layers.Lambda(lambda h: keras.ops.sqrt(keras.ops.sum(h**2, axis=-1, keepdims=True)))(hidden)
    model = keras.Model(inputs, norm)
    model.compile("sgd", "mse")
    rows = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    rows[3] = 0.0
    hooks.arm(Session(Orders(repair=False, stop_unhealthy=False, capsule=folder)))
    try:
        model.fit(rows, np.ones((8, 1), "float32"), batch_size=8, shuffle=False, verbose=0)
    finally:
        hooks.disarm()


def test_the_guilty_operation_fails_again_from_its_capsule(tmp_path, capsys) -> None:
    _train(str(tmp_path / "capsule"))
    assert sum(file.stat().st_size for file in (tmp_path / "capsule").iterdir()) < 100_000
    assert replay(tmp_path) == 0
    shown = capsys.readouterr().out
    assert "SqrtGrad, run again with the kept arguments: 1 of 8 results are not finite." in shown
    assert "test_capsule.py" in shown


def test_a_run_without_a_capsule_says_so(tmp_path) -> None:
    with pytest.raises(StoreError, match="holds no capsule"):
        replay(tmp_path)


def test_a_damaged_capsule_says_so(tmp_path) -> None:
    (tmp_path / "capsule").mkdir()
    (tmp_path / "capsule" / "capsule.json").write_text(json.dumps([1, 2]))
    with pytest.raises(StoreError, match="damaged"):
        replay(tmp_path)


@pytest.mark.parametrize("kind", ["ReadFile", "Abort", "ImmutableConst", "EagerPyFunc", "WriteFile", "NoSuchOperation"])
def test_a_strangers_capsule_runs_listed_operations_only(kind) -> None:
    assert capsule.reenact(kind, [np.zeros(3, "float32")], ["float32"], {}) is None


def test_what_a_strangers_operation_would_give_is_bounded() -> None:
    long = np.zeros((1 << 19, 1), "float32")
    assert capsule.reenact("MatMul", [long, long.T], ["float32", "float32"], {}) is None
    assert capsule.reenact("MatMul", [long[:3], long[:3]], ["float32", "float32"], {"transpose_b": True}) is not None
    assert capsule.reenact("Log", [long[:3], long], ["float32"], {}) is None, "arguments that do not suit"


def test_all_listed_operations_are_there() -> None:
    assert [name for name in PURE if not hasattr(tf.raw_ops, name)] == []


@pytest.mark.parametrize(("entries", "large"), [((1 << 28,), False), ((1 << 28, 1), True), ((1 << 27, 1 << 27), False)])
def test_results_of_more_than_a_gibibyte_are_not_computed(entries, large):
    assert capsule.too_large([tf.TensorSpec((each,), tf.float32) for each in entries]) is large
