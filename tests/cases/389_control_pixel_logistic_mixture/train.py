"""Generative model of 8x8 digits, pixel by pixel: each grey value (0..16) gets a mixture of
discretised logistics, given the rows above and the pixels to the left (masked context)."""
import hashlib
import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

K = 4
LEVELS = 17
CONTEXT = 16


def pixels_with_context(images):
    """the 16 preceding pixels in raster order and the position"""
    flat = images.reshape(len(images), 64)
    padded = np.concatenate([np.zeros((len(flat), CONTEXT)), flat], axis=1)
    ctx = np.stack([padded[:, i:i + CONTEXT] for i in range(64)], axis=1) / 8.0 - 1.0
    pos = np.tile(np.eye(64)[None], (len(flat), 1, 1))
    x = np.concatenate([ctx, pos], axis=2).reshape(-1, CONTEXT + 64)
    return x.astype("float32"), flat.reshape(-1, 1).astype("float32")


def mixture_nll(y_true, y_pred):
    logits, mean, log_scale = ops.split(y_pred, 3, axis=-1)
    log_scale = ops.maximum(log_scale, -5.0)
    inv = ops.exp(-log_scale)
    y = y_true / 8.0 - 1.0
    half = 1.0 / 16.0
    plus = inv * (y - mean + half)
    minus = inv * (y - mean - half)
    middle = ops.sigmoid(plus) - ops.sigmoid(minus)
    log_first = -ops.softplus(-plus)                 # all mass below, value 0
    log_last = -ops.softplus(minus)                  # all mass above, value 16
    log_middle = ops.log(ops.maximum(middle, 1e-12))
    log_p = ops.where(y_true < 0.5, log_first, ops.where(y_true > LEVELS - 1.5, log_last, log_middle))
    return -ops.logsumexp(ops.log_softmax(logits, axis=-1) + log_p, axis=-1)


images = load_digits().images[:900]
train_images, test_images = train_test_split(images, test_size=0.25, random_state=0)
x_train, y_train = pixels_with_context(train_images)
x_test, y_test = pixels_with_context(test_images)

model = keras.Sequential([
    keras.Input((CONTEXT + 64,)),
    layers.Dense(96, activation="relu"),
    layers.Dense(96, activation="relu"),
    layers.Dense(3 * K),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=mixture_nll)
history = model.fit(x_train, y_train, batch_size=256, epochs=6, validation_data=(x_test, y_test), verbose=2)

nll = model.evaluate(x_test, y_test, batch_size=1024, verbose=0)
digest = lambda arrays: hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([np.array(v) for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=gain_over_uniform_nats:{np.log(LEVELS) - nll}")
