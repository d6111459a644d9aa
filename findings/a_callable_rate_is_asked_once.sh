#!/usr/bin/env bash
# Keras 3.15.0 on TensorFlow 2.21.0: the documentation of `learning_rate` allows "a callable that takes no arguments and
# returns the actual value to use". Compiled training asks it while the step is traced, and never again: a warm-up that is
# written as a function stays at its first value for the whole `fit`. `optimizer.learning_rate` shows what the function says
# now, not what is in force, so that printing or logging it hides the matter. Eager steps (run_eagerly=True) ask it each time.
# A LearningRateSchedule, which is given the step, does what it says.
#
# Output seen:
#   compiled: asked while tracing only: True, shown 0.1, moved by 0.001 a step
#   eager: asked while tracing only: False, shown 0.1, moved by 0.1 a step
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 keras==3.15.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON'
import keras
import numpy as np


def moved(eager):
    done = {"steps": 0, "asked": 0}

    def rate():
        done["asked"] += 1
        return 0.001 if done["steps"] < 10 else 0.1

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            done["steps"] += 1

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    # the gradient is -1 in each step, so that plain steps are as long as the rate
    model.compile(keras.optimizers.SGD(rate), loss=lambda y, p: -p, run_eagerly=eager)
    x = np.ones((20, 1), "float32")
    model.fit(x, x, batch_size=1, epochs=1, verbose=0, callbacks=[Count()])
    before = float(model.get_weights()[0][0, 0])
    asked = done["asked"]
    model.fit(x, x, batch_size=1, epochs=1, verbose=0, callbacks=[Count()])
    step = (float(model.get_weights()[0][0, 0]) - before) / 20
    once = done["asked"] - asked <= 1
    shown = float(model.optimizer.learning_rate)
    print("eager:" if eager else "compiled:", f"asked while tracing only: {once}, shown {shown:g}, moved by {step:.2g} a step")
    return once, round(shown, 4), round(step, 4)


assert moved(False) == (True, 0.1, 0.001)
assert moved(True) == (False, 0.1, 0.1)
PYTHON
