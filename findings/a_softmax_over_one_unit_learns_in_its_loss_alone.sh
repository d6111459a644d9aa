#!/usr/bin/env bash
# Keras 3.15.1 with TensorFlow 2.21.0: a softmax over one unit gives 1 for every row, whatever the weights are, and still `fit` with
# "binary_crossentropy" prints a loss that falls as that of a sound training does, and `evaluate` prints it again. The loss is not
# computed from the output: the logits that it was made of are taken and a sigmoid is applied to them, so the weights learn, to the
# bit, what they learn under a sigmoid. Only what the model answers is worthless: `predict` gives 1 for each row, and the same
# crossentropy of these answers is many times the loss that was printed. A warning says that such a softmax is always 1; whoever goes
# by the loss alone takes the training for sound.
#
# Output seen:
#   sigmoid: loss 0.8241 to 0.2108, evaluate 0.2078, predict from 0.0003 to 0.9997, crossentropy of these 0.2078
#   softmax: loss 0.8241 to 0.2108, evaluate 0.2078, predict from 1.0000 to 1.0000, crossentropy of these 8.1580
#   the weights under both are equal: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0 keras==3.15.1
CUDA_VISIBLE_DEVICES= TF_CPP_MIN_LOG_LEVEL=3 KERAS_BACKEND=tensorflow "$folder/venv/bin/python" - <<'PYTHON'
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
y = (x[:, :1] + x[:, 1:2] > 0).astype("float32")


def trained(activation):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation=activation)])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    losses = model.fit(x, y, epochs=20, batch_size=64, verbose=0).history["loss"]
    found, said = model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)
    of_answers = float(np.mean(keras.losses.binary_crossentropy(y, said)))
    print(f"{activation}: loss {losses[0]:.4f} to {losses[-1]:.4f}, evaluate {found:.4f}, predict from {said.min():.4f} to "
          f"{said.max():.4f}, crossentropy of these {of_answers:.4f}")
    return model.get_weights(), losses, said, found, of_answers


weights, losses, *_ = trained("sigmoid")
others, same, said, found, of_answers = trained("softmax")
assert said.min() == said.max() == 1.0 and losses == same and found < 0.5 * losses[0] and of_answers > 10 * found
equal = all(np.array_equal(one, other) for one, other in zip(weights, others))
print(f"the weights under both are equal: {equal}")
assert equal
PYTHON
