"""Two trainings in two threads: the one that is repaired does not touch the other."""

from __future__ import annotations

import threading

import keras
import numpy as np

from autostable.orders import Orders
from autostable.records import Verdict
from autostable.training import hooks
from autostable.training.session import Session

X = np.random.default_rng(3).normal(size=(128, 4)).astype("float32")
Y = (X @ np.ones((4, 1)) + 0.1).astype("float32")


def built(rate: float) -> keras.Model:
    initializer = keras.initializers.GlorotUniform(seed=1)
    layers = [
        keras.layers.Dense(8, "relu", kernel_initializer=initializer),
        keras.layers.Dense(1, kernel_initializer=initializer),
    ]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


def fitted(model: keras.Model, epochs: int, **more: object) -> list[float]:
    history = model.fit(X, Y, epochs=epochs, batch_size=32, shuffle=False, verbose=0, **more)
    return [float(loss) for loss in history.history["loss"]]


def test_a_fit_beside_one_that_is_repaired_is_as_if_it_were_alone() -> None:
    good, bad = built(0.01), built(3.0)
    alone = fitted(built(0.01), 60)
    found: list[float] = []
    beside = threading.Thread(target=lambda: found.extend(fitted(good, 60)))

    class Starts(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            if beside.ident is None:
                beside.start()

    session = Session(Orders())
    hooks.arm(session)
    try:
        fitted(bad, 6, callbacks=[Starts()])
        beside.join()
    finally:
        hooks.disarm()
    assert found == alone
    assert [story.verdict for story in session.stories] == [Verdict.REPAIRED] and session.aside
