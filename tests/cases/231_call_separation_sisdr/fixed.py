import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

LENGTH = 512
time = np.arange(LENGTH) / 1000.0


def clips(n, silent_share):
    f0 = rng.uniform(40, 90, size=(n, 1))
    start = rng.uniform(0.0, 0.2, size=(n, 1))
    width = rng.uniform(0.15, 0.3, size=(n, 1))
    window = ((time > start) & (time < start + width)).astype(float)
    call = window * np.sin(2 * np.pi * f0 * time + rng.uniform(0, 6.28, size=(n, 1)))
    call = call * (rng.random((n, 1)) >= silent_share)
    hum = 0.7 * np.sin(2 * np.pi * rng.uniform(5, 12, size=(n, 1)) * time)
    hiss = 0.5 * rng.normal(size=(n, LENGTH))
    return (call + hum + hiss)[..., None].astype("float32"), call[..., None].astype("float32")


mix, call = clips(960, 0.08)
test_mix, test_call = clips(200, 0.0)


def si_sdr_loss(target, estimate):
    target = target[..., 0]
    estimate = estimate[..., 0]
    dot = ops.sum(target * estimate, axis=-1, keepdims=True)
    energy = ops.sum(ops.square(target), axis=-1, keepdims=True)
    projection = dot / (energy + 1e-8) * target
    residual = estimate - projection
    ratio = (ops.sum(ops.square(projection), axis=-1) + 1e-8) / (ops.sum(ops.square(residual), axis=-1) + 1e-8)
    return -10.0 * ops.log(ratio) / np.log(10.0)


model = keras.Sequential([
    keras.Input((LENGTH, 1)),
    layers.Conv1D(16, 31, padding="same", activation="tanh"),
    layers.Conv1D(16, 15, padding="same", dilation_rate=2, activation="tanh"),
    layers.Conv1D(1, 15, padding="same"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=si_sdr_loss)
data = tf.data.Dataset.from_tensor_slices((mix, call)).shuffle(960, seed=1).batch(32).prefetch(1)
history = model.fit(data, epochs=6, verbose=2)

estimate = model.predict(test_mix, batch_size=50, verbose=0)[..., 0]
truth = test_call[..., 0]
scale = (estimate * truth).sum(1, keepdims=True) / (truth ** 2).sum(1, keepdims=True)
clean = scale * truth
sdr = 10 * np.log10((clean ** 2).sum(1) / ((estimate - clean) ** 2).sum(1))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=si_sdr_db:{sdr.mean()}")
