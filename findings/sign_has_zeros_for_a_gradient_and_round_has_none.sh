#!/usr/bin/env bash
# TensorFlow 2.21.0: two functions that are flat everywhere are told apart by their gradients. That of tf.sign is zeros, those of
# tf.round, tf.math.rint, tf.floor and tf.math.ceil are None. So with Keras 3.15.1 a network whose loss counts wrong directions
# (sign(y) * sign(p)) trains to its end without a word and without moving a weight, whereas one whose answers are rounded stops in
# its first step with "No gradients provided for any variable". What makes a useless loss visible hangs on which of them is used.
# Of a rounding within a larger loss (mse(y, p) + a term of round(p)) nothing is said either: the other terms do have gradients.
#
# Output seen:
#   sign [0.0, 0.0]; round None; rint None; floor None; ceil None
#   fit with sign: losses [1.03125, 1.03125], weights moved: False
#   fit with round: ValueError: No gradients provided for any variable.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0 keras==3.15.1
CUDA_VISIBLE_DEVICES= TF_CPP_MIN_LOG_LEVEL=3 KERAS_BACKEND=tensorflow "$folder/venv/bin/python" - <<'PYTHON'
import keras
import numpy as np
import tensorflow as tf
from keras import ops


def gradient(function):
    x = tf.constant([0.3, -1.2])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(function(x))
    found = tape.gradient(y, x)
    return None if found is None else found.numpy().tolist()


steps = {"sign": tf.sign, "round": tf.round, "rint": tf.math.rint, "floor": tf.floor, "ceil": tf.math.ceil}
found = {name: gradient(step) for name, step in steps.items()}
print("; ".join(f"{name} {value}" for name, value in found.items()))
assert found == {"sign": [0.0, 0.0], "round": None, "rint": None, "floor": None, "ceil": None}

x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")


def trained(loss):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    before = model.get_weights()
    model.compile("adam", loss)
    losses = model.fit(x, x[:, :1], epochs=2, batch_size=64, verbose=0).history["loss"]
    return losses, any(np.any(one != other) for one, other in zip(before, model.get_weights()))


losses, moved = trained(lambda y, p: ops.mean(1.0 - ops.sign(y) * ops.sign(p)))
print(f"fit with sign: losses {losses}, weights moved: {moved}")
assert losses[0] == losses[1] and not moved
try:
    trained(lambda y, p: ops.mean(ops.square(ops.sign(y) - ops.round(p))))
    raise SystemExit("round has a gradient now")
except ValueError as error:
    said = str(error).strip().splitlines()[-1]
    print("fit with round: ValueError:", said)
    assert "No gradients provided for any variable" in said
PYTHON
