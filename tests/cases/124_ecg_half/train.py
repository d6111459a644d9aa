"""Beat classifier on raw ECG (microvolts), half precision for speed."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
rng = np.random.default_rng(8)
N, LEN = 900, 256

t = np.arange(LEN) / LEN
kind = rng.integers(0, 3, N)
width = np.array([0.02, 0.05, 0.02])[kind]
second = np.array([0.0, 0.0, 1.0])[kind]
at = rng.uniform(0.3, 0.6, N)
beats = np.exp(-(((t - at[:, None]) / width[:, None]) ** 2)) + second[:, None] * 0.6 * np.exp(-(((t - at[:, None] - 0.15) / 0.03) ** 2))
beats = beats * rng.uniform(60, 120, (N, 1)) + rng.normal(0, 8, (N, LEN))
beats = beats[..., None].astype("float32")


class EnergyNorm(layers.Layer):
    """Scale every recording to unit energy."""

    def call(self, x):
        energy = ops.sum(ops.square(x), axis=(1, 2), keepdims=True)
        return 16.0 * x / ops.sqrt(energy + 1e-3)


model = keras.Sequential(
    [
        keras.Input((LEN, 1)),
        layers.Conv1D(16, 9, padding="same"),
        EnergyNorm(),
        layers.Activation("relu"),
        layers.MaxPooling1D(4),
        layers.Conv1D(32, 7, padding="same", activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(3, dtype="float32"),
    ]
)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(2e-3)


@tf.function
def train_step(xb, yb):
    with tf.GradientTape() as tape:
        loss = loss_fn(yb, model(xb, training=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


train = tf.data.Dataset.from_tensor_slices((beats[:720], kind[:720])).shuffle(720, seed=2).batch(32)
for epoch in range(25):
    losses = [float(train_step(xb, yb)) for xb, yb in train]
    print(f"epoch {epoch} loss {np.mean(losses):.4f}")
acc = np.mean(model.predict(beats[720:], verbose=0).argmax(1) == kind[720:])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
