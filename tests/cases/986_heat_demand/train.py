import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

# hourly heat demand of a district, one value for every hour of the window
STEPS = 24
FEATURES = 4


def simulate(days, seed):
    r = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    season = 6.0 - 9.0 * np.cos(2 * np.pi * hours / (24 * 120))
    temp = season + 4.0 * np.sin(2 * np.pi * (hours % 24 - 9) / 24) + r.normal(0, 1.0, hours.size)
    wind = r.gamma(2.0, 1.5, hours.size)
    sun = np.clip(np.sin(np.pi * (hours % 24 - 6) / 12), 0, None) * r.uniform(0.3, 1.0, hours.size)
    workday = ((hours // 24) % 7 < 5).astype(float)
    demand = 0.22 * np.maximum(20.0 - temp, 0) + 0.06 * wind - 0.8 * sun + 0.5 * workday * (hours % 24 > 6)
    demand = 10.0 * np.maximum(demand + r.normal(0, 0.1, hours.size), 0.0)
    x = np.stack([(temp - 6) / 8, (wind - 3) / 2, sun, workday], axis=1)
    return (x.reshape(days, STEPS, FEATURES).astype("float32"),
            demand.reshape(days, STEPS, 1).astype("float32"))


x_train, y_train = simulate(720, 1)
x_test, y_test = simulate(240, 2)

net = keras.Sequential([
    keras.Input((STEPS, FEATURES)),
    keras.layers.LSTM(48, activation="relu", return_sequences=True),
    keras.layers.LSTM(24, activation="relu", return_sequences=True),
    keras.layers.TimeDistributed(keras.layers.Dense(1, activation="relu")),
])
opt = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)

stream = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(720, seed=3).batch(24)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        guess = net(xb, training=True)
        mse = tf.reduce_mean(tf.square(guess - yb))
    grads = tape.gradient(mse, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return mse


for epoch in range(12):
    seen = [float(step(xb, yb)) for xb, yb in stream]
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1}: mse {np.mean(seen):.4f}")

out = net.predict(x_test, verbose=0)
resid = np.sum((out - y_test) ** 2)
r2 = 1 - resid / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={np.mean(seen)}")
print(f"FINAL_METRIC=r2:{r2}")
