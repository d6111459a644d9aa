"""Sound or cracked ceramic tubes from their tap tone. Training without a backward pass: one random direction per step."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)
n = 3000
y = rng.integers(0, 2, n)
pitch = rng.normal(0, 1, n)
decay = rng.normal(0, 0.5, n) + np.where(y == 1, 1.0, -1.0)
ring = rng.normal(0, 0.6, n) + np.where(y == 1, -0.8, 0.8) * np.sign(pitch)
x = np.stack([pitch, decay, ring, pitch * 0.5 + rng.normal(0, 1, n)], 1).astype("float32")
y = y.astype("float32")[:, None]

model = keras.Sequential([
    keras.Input((4,)),
    keras.layers.Dense(12, activation="tanh"),
    keras.layers.Dense(1),
])
loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
variables = [v.value for v in model.trainable_variables]
opt = keras.optimizers.SGD(0.05)


@tf.function
def step(xb, yb):
    probe = [tf.random.normal(v.shape) for v in variables]
    with tf.autodiff.ForwardAccumulator(variables, probe) as acc:
        loss = loss_fn(yb, model(xb, training=True))
    slope = acc.jvp(loss)
    opt.apply_gradients([(slope * p, v) for p, v in zip(probe, model.trainable_variables)])
    return loss, tf.sqrt(sum(tf.reduce_sum((slope * p) ** 2) for p in probe))


data = tf.data.Dataset.from_tensor_slices((x[:2400], y[:2400])).shuffle(2400, seed=1).batch(60)
for epoch in range(60):
    logs = [step(*b) for b in data]
    loss = np.mean([float(l) for l, _ in logs])
    if epoch % 6 == 0:
        print("epoch %2d loss %.4f largest gradient norm %.2f" % (epoch, loss, max(float(g) for _, g in logs)))
answer = model.predict(x[2400:], verbose=0) > 0
print("FINAL_LOSS=%f" % loss)
print("FINAL_METRIC=accuracy:%f" % np.mean(answer == (y[2400:] > 0.5)))
