#!/usr/bin/env bash
# TensorFlow 2.21.0 on a CPU: the maximum that pooling takes over a window of nothing but NaN is -3.4028235e38, the least float32
# there is, and over a window with one number in it that number; tf.reduce_max over the same values gives NaN, as its documentation
# and NumPy have it. So a convolutional network whose first layers are NaN throughout may have a finite loss: what stands behind
# the pooling sees finite numbers (a relu makes 0 of them), its weights get sound gradients, and only those in front become NaN.
# A search for the first bad number from the loss backwards ends at the pooling. Keras' MaxPooling layers are the same.
#
# Output seen:
#   max_pool of [nan nan nan 2.0] by twos: [-3.4028234663852886e+38, 2.0]
#   reduce_max: [nan, nan]
#   relu behind it: [0.0, 2.0]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0
CUDA_VISIBLE_DEVICES= TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON'
import math

import tensorflow as tf

nan = math.nan
x = tf.constant([nan, nan, nan, 2.0])
pooled = tf.nn.max_pool1d(tf.reshape(x, (1, 4, 1)), 2, 2, "VALID")
values = tf.reshape(pooled, [-1]).numpy().tolist()
reduced = tf.reduce_max(tf.reshape(x, (2, 2)), axis=1).numpy().tolist()
behind = tf.reshape(tf.nn.relu(pooled), [-1]).numpy().tolist()
print("max_pool of [nan nan nan 2.0] by twos:", values)
print("reduce_max:", reduced)
print("relu behind it:", behind)
assert values == [tf.float32.min, 2.0]
assert all(map(math.isnan, reduced))
assert behind == [0.0, 2.0]
PYTHON
