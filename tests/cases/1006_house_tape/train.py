import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rs = np.random.RandomState(12)

n = 3000
area = rs.normal(130, 45, n).clip(30, 350)            # square metres
lot = rs.lognormal(6.2, 0.5, n)                       # square metres
year = rs.randint(1920, 2021, n)
rooms = np.round(area / 28 + rs.normal(0, 0.7, n)).clip(1, 12)
station = rs.exponential(2500, n)                     # metres to the station
price = (0.021 * area + 0.0006 * lot + 0.009 * (year - 1920) + 0.08 * rooms
         - 0.00012 * station + 0.4 + rs.normal(0, 0.15, n))   # in 100 000

features = np.column_stack([area, lot, year, rooms, station]).astype(np.float32)
target = price.astype(np.float32).reshape(-1, 1)
x_train, x_test = features[:2400], features[2400:]
y_train, y_test = target[:2400], target[2400:]

net = keras.Sequential([
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1),
])
optimizer = keras.optimizers.SGD(learning_rate=0.01)
mse = keras.losses.MeanSquaredError()
batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2400, seed=0).batch(32)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        loss = mse(yb, net(xb, training=True))
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


net.build((None, x_train.shape[1]))
for epoch in range(20):
    seen = [float(step(xb, yb)) for xb, yb in batches]
    if epoch % 5 == 0:
        print("epoch", epoch, "loss", np.mean(seen))

pred = net(x_test).numpy()
r2 = 1 - float(np.sum((pred - y_test) ** 2) / np.sum((y_test - y_test.mean()) ** 2))
print(f"FINAL_LOSS={np.mean(seen):.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
