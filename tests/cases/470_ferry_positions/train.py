import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

# crossings of a ferry, 4 to 12 positions each, filled up with zeros at the end;
# predict the offset (degrees) to the position ten minutes later
LONG = 12
LAT0, LON0 = 54.3, 11.2


def crossings(n):
    x = np.zeros((n, LONG, 4), "float32")
    y = np.zeros((n, LONG, 2), "float32")
    m = np.zeros((n, LONG, 1), "float32")
    for i in range(n):
        k = rng.integers(4, LONG + 1)
        head = rng.uniform(0, 2 * np.pi)
        p = rng.uniform(-0.5, 0.5, 2)
        for j in range(k):
            head += 0.2 * rng.normal()
            v = np.array([np.cos(head), 1.6 * np.sin(head)]) * rng.uniform(0.6, 1.0)
            x[i, j] = *p, *v
            y[i, j] = 0.1 * v + 0.03 * np.sin(4 * p)
            p = p + y[i, j]
        m[i, :k] = 1
    return x, y, m


x_train, y_train, m_train = crossings(1200)
x_test, y_test, m_test = crossings(300)


def to_rad(d):
    return d * np.pi / 180.0


def great_circle_km(y_true, y_pred):
    lat1, lon1 = to_rad(LAT0 + y_true[..., 0]), to_rad(LON0 + y_true[..., 1])
    lat2, lon2 = to_rad(LAT0 + y_pred[..., 0]), to_rad(LON0 + y_pred[..., 1])
    a = (tf.sin((lat2 - lat1) / 2) ** 2
         + tf.cos(lat1) * tf.cos(lat2) * tf.sin((lon2 - lon1) / 2) ** 2)
    return tf.reduce_mean(2 * 6371.0 * tf.asin(tf.sqrt(a)), axis=-1)


seq = keras.Input((LONG, 4))
real = keras.Input((LONG, 1))
h = layers.GRU(24, return_sequences=True)(seq)
h = layers.Dense(24, activation="relu")(h)
out = layers.Multiply()([layers.Dense(2)(h), real])   # nothing where there is no position
model = keras.Model([seq, real], out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=great_circle_km)
hist = model.fit([x_train, m_train], y_train, batch_size=32, epochs=15, verbose=2)

pred = model.predict([x_test, m_test], verbose=0)
err = np.abs(pred - y_test)[m_test[..., 0] > 0].mean()
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=mae_degrees:{err}")
