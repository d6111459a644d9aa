import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

ROOMS = 12
ACCESS_POINTS = 40
NOT_SEEN = -105.0

room_xy = np.stack(np.meshgrid(np.arange(4) * 9.0, np.arange(3) * 7.0), -1).reshape(-1, 2)
ap_xy = rng.uniform([-3, -3], [30, 17], (ACCESS_POINTS, 2))
ap_power = rng.normal(-38, 4, ACCESS_POINTS)
walls = rng.normal(0, 3.0, (ROOMS, ACCESS_POINTS))


def scan(n):
    room = rng.integers(0, ROOMS, n)
    pos = room_xy[room] + rng.uniform(-4.0, 4.0, (n, 2)) * [1.0, 0.8]
    dist = np.linalg.norm(pos[:, None, :] - ap_xy[None], axis=-1) + 1.0
    rssi = ap_power - 28.0 * np.log10(dist) + walls[room] + rng.normal(0, 4.0, (n, ACCESS_POINTS))
    rssi[rssi < -85] = NOT_SEEN
    lost = rng.uniform(size=rssi.shape) < 0.05
    rssi[lost] = NOT_SEEN
    return np.round(rssi).astype("float32"), room


x_train, y_train = scan(2500)
x_test, y_test = scan(800)
print("signal strengths from", x_train.min(), "to", x_train.max(), "dBm")

model = keras.Sequential([
    layers.Input((ACCESS_POINTS,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(ROOMS, activation="softmax"),
])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=12, restore_best_weights=True)
history = model.fit(
    x_train, y_train,
    validation_split=0.15,
    epochs=25,
    batch_size=32,
    callbacks=[stop],
    verbose=2,
)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
