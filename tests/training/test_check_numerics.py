"""What `tf.debugging.check_numerics` says of the operation that a replay found stands in the report beside the finding."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from autostable import api
from autostable.report import words

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")


def bad_logarithm(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.log(y_true) * y_pred)


def bad_root(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.sqrt(y_pred * 0.0))


def fitted(loss: Any, bad: float = 0.0) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", loss)
    y = np.ones((32, 1), "float32")
    y[3] = bad
    model.fit(X, y, verbose=0)


@pytest.mark.parametrize("loss, bad, said", [
    pytest.param(bad_logarithm, 0.0, "Log : Tensor had Inf values", marks=pytest.mark.whole),
    pytest.param(bad_root, 0.0, "SqrtGrad : Tensor had Inf values", marks=pytest.mark.whole),
    pytest.param("mse", np.nan, "Label : Tensor had NaN values", marks=pytest.mark.whole),
])  # fmt: skip
def test_its_message_is_told(loss: Any, bad: float, said: str) -> None:
    report = api.run(fitted, loss, bad)
    assert report.symptom is not None and report.symptom.evidence["check_numerics"] == said
    assert said in words.seen_words(report)
