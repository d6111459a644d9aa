"""Heat demand of a city (kWh a day) from weather and calendar, full-batch training."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)

N = 900
day = np.arange(N)
temp = 9.0 - 10.0 * np.cos(2 * np.pi * day / 365.0) + 3.0 * rng.normal(size=N)
wind = rng.gamma(2.0, 2.0, N)
weekend = ((day % 7) >= 5).astype(float)
x = np.stack([(temp - temp.mean()) / temp.std(), (wind - wind.mean()) / wind.std(), weekend], axis=1).astype("float32")
demand = 6.2e6 - 9.5e5 * x[:, 0] + 2.2e5 * x[:, 1] - 3.0e5 * weekend + 2.0e5 * rng.normal(size=N)
order = rng.permutation(N)
train, test = order[:700], order[700:]
y = demand.astype("float32")

x_all, y_all = tf.constant(x[train]), tf.constant(y[train])
model = keras.Sequential([
    keras.Input((3,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1),
])
optimizer = keras.optimizers.RMSprop(learning_rate=0.002, centered=True)


@tf.function
def train_step():
    with tf.GradientTape() as tape:
        pred = model(x_all, training=True)[:, 0]
        loss = tf.reduce_mean((pred - y_all) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for step in range(1500):
    loss = float(train_step())
    if step % 100 == 99:
        print(f"step {step + 1}: loss {loss:.6g}")

pred = model.predict(x[test], verbose=0)[:, 0]
r2 = 1.0 - np.sum((y[test] - pred) ** 2) / np.sum((y[test] - y[test].mean()) ** 2)
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=r2:{r2}")
