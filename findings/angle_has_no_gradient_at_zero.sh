#!/usr/bin/env bash
# TensorFlow 2.21.0: the gradient of tf.math.angle is no number where the complex number is 0, while that of tf.abs at the same
# number is 0. Bursts of different length that are filled up with zeros behind, as radar and speech are, hold such numbers:
# one of them makes the gradients of all weights before it NaN, though the loss is finite. tf.where around the result does
# not help (0 times NaN), only around the argument does.
#
# Output seen:
#   angle [0.        0.7853982] gradient [-inf+nanj -0.5+0.5j]
#   abs gradient [0.        +0.j         0.70710677+0.70710677j]
#   where around the result: nan, around the argument: finite
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 keras==3.15.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import tensorflow as tf

z = tf.constant([0j, 1 + 1j], tf.complex64)


def gradient(function):
    with tf.GradientTape() as tape:
        tape.watch(z)
        said = function(z)
    return said.numpy(), tape.gradient(said, z).numpy()


angle, grad = gradient(tf.math.angle)
print("angle", angle, "gradient", grad)
assert np.isfinite(angle).all() and np.isnan(grad[0]) and np.allclose(grad[1], -0.5 + 0.5j)

_, grad = gradient(tf.abs)
print("abs gradient", grad)
assert grad[0] == 0

empty = tf.abs(z) == 0
_, late = gradient(lambda z: tf.where(empty, 0.0, tf.math.angle(z)))
_, early = gradient(lambda z: tf.math.angle(tf.where(empty, tf.ones_like(z), z)))
print("where around the result:", "nan" if np.isnan(late[0]) else "finite", end=", ")
print("around the argument:", "finite" if np.isfinite(early).all() else "nan")
assert np.isnan(late[0]) and np.isfinite(early).all()
PYTHON
