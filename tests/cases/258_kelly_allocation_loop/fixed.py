"""Position sizes for five coins that make the wealth grow fastest (mean log growth)."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

DAYS, COINS, SIGNALS = 3000, 5, 10
signals = rng.normal(size=(DAYS, SIGNALS)).astype("float32")
loading = rng.normal(size=(SIGNALS, COINS)) * 0.004
noise = 0.035 * rng.standard_t(4, size=(DAYS, COINS))
crash = np.where(rng.random((DAYS, 1)) < 0.01, -rng.uniform(0.1, 0.2, (DAYS, 1)), 0.0)
returns = np.clip(signals @ loading + noise + crash, -0.9, 2.0).astype("float32")

s_train, r_train = signals[:2200], returns[:2200]
s_test, r_test = signals[2200:], returns[2200:]

policy = keras.Sequential([
    keras.Input((SIGNALS,)),
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(COINS),
])
optimizer = keras.optimizers.Adam(0.003)
batches = tf.data.Dataset.from_tensor_slices((s_train, r_train)).shuffle(2200, seed=1).batch(128)


@tf.function
def train_step(s, r):
    with tf.GradientTape() as tape:
        weights = policy(s, training=True)
        wealth = 1.0 + tf.reduce_sum(weights * r, axis=1)
        floor = 0.2
        growth = tf.math.log(tf.maximum(wealth, floor)) + tf.minimum(wealth - floor, 0.0) / floor
        loss = -tf.reduce_mean(growth)
    grads = tape.gradient(loss, policy.trainable_variables)
    optimizer.apply_gradients(zip(grads, policy.trainable_variables))
    return loss


for epoch in range(25):
    losses = [float(train_step(s, r)) for s, r in batches]
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.5f}")

growth = 1.0 + (policy.predict(s_test, verbose=0) * r_test).sum(axis=1)
growth = np.log(np.maximum(growth, 1e-3)).mean()
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=log_growth:{growth}")
