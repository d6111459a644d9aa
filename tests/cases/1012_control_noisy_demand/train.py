"""Hourly call volume deviations. Most of an hour's deviation is chance; we want the predictable part."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)


def hours(n):
    x = rng.normal(size=(n, 8)).astype("float32")
    signal = 0.5 * x[:, 0] - 0.4 * np.maximum(x[:, 1], 0) + 0.3 * x[:, 2] * x[:, 3]
    y = signal + rng.normal(0, 2.0, n)
    return x, y.astype("float32")[:, None], signal


x, y, _ = hours(12000)
x_test, _, expected = hours(3000)

net = keras.Sequential([
    keras.Input((8,)),
    keras.layers.Dense(24, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
    keras.layers.Dense(12, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
    keras.layers.Dense(1),
])
STEPS = 1800
rate = keras.optimizers.schedules.CosineDecay(0.0, STEPS, alpha=0.0, warmup_target=0.25, warmup_steps=100)
opt = keras.optimizers.SGD(rate, clipnorm=1.0)
huber = keras.losses.Huber(delta=3.0)
data = iter(tf.data.Dataset.from_tensor_slices((x, y)).repeat().shuffle(4000, seed=2).batch(128))


@tf.function
def update(xb, yb):
    with tf.GradientTape() as tape:
        fit = huber(yb, net(xb, training=True))
        total = fit + tf.add_n(net.losses)
    opt.apply_gradients(zip(tape.gradient(total, net.trainable_variables), net.trainable_variables))
    return fit


recent = []
for i in range(STEPS):
    recent.append(float(update(*next(data))))
    if (i + 1) % 300 == 0:
        print(i + 1, "mean loss", np.mean(recent[-300:]))

pred = net.predict(x_test, verbose=0)[:, 0]
print(f"FINAL_LOSS={np.mean(recent[-100:]):.6f}")
print(f"FINAL_METRIC=corr_with_expected:{np.corrcoef(pred, expected)[0, 1]:.6f}")
