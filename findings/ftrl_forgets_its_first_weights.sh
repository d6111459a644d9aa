#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0: after its first step `keras.optimizers.Ftrl` has thrown the initial weights away. It computes each
# weight anew from its accumulators, which begin at 0.1 and 0 and know nothing of where the weight began. A linear model loses
# nothing by that; a network with a hidden layer is left with weights of about the learning rate's size, all signs from one
# gradient, and stands at chance. Two networks whose kernels begin 100 times apart come to kernels of one size, and Adam's do not.
# Nothing warns; the optimizer's page speaks of shallow models only. What helps: another optimizer for anything with hidden layers.
#
# Output seen (norm of the first kernel: at its start, after one step):
#   Ftrl  scale 1     5  0.00451
#   Ftrl  scale 0.01  0.05  0.00319
#   Adam  scale 1     5  4.96
#   Adam  scale 0.01  0.05  0.322
#   after 304 steps: {'Ftrl': 0.52, 'Adam': 1.0}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0 keras==3.15.1
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON'
import keras
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(512, 16)).astype("float32")
y = (x[:, :1] * x[:, 1:2] > 0).astype("float32")


def network(kind, scale):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((16,)), *layers])
    model.layers[0].kernel.assign(scale * model.layers[0].kernel)
    model.compile(getattr(keras.optimizers, kind)(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


def norm(model):
    return float(np.linalg.norm(model.layers[0].kernel.numpy()))


after = {}
for kind in ("Ftrl", "Adam"):
    for scale in (1, 0.01):
        model = network(kind, scale)
        start = norm(model)
        model.train_on_batch(x, y)
        after[kind, scale] = norm(model)
        print(f"{kind}  scale {scale:<5} {start:.3g}  {after[kind, scale]:.3g}")
assert after["Ftrl", 1] < 0.1 and after["Ftrl", 0.01] < 0.1  # of 5 at its start
assert after["Adam", 1] > 4 and after["Adam", 1] > 10 * after["Adam", 0.01]

reached = {}
for kind in ("Ftrl", "Adam"):
    model = network(kind, 1)
    model.fit(x, y, epochs=38, batch_size=64, verbose=0)
    reached[kind] = model.evaluate(x, y, verbose=0)[1]
print("after 304 steps:", {kind: round(value, 2) for kind, value in reached.items()})
assert reached["Ftrl"] < 0.7 < 0.95 < reached["Adam"]
PYTHON
