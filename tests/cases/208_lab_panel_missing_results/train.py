"""Six yes/no findings from a blood panel; a doctor orders only some of them, the rest are NaN in the table."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(62)
n, findings = 2600, 6
blood = rng.normal(0.0, 1.0, (n, 10))
link = rng.normal(0.0, 1.0, (10, findings))
truth = (blood @ link + 0.5 * np.square(blood[:, :1]) - 0.5 + rng.normal(0, 0.5, (n, findings)) > 0).astype("float32")
x, y = blood.astype("float32"), truth.copy()
y[rng.random(y.shape) < 0.35] = np.nan


def known_only(y_true, y_pred):
    y_pred = tf.clip_by_value(y_pred, 1e-6, 1.0 - 1e-6)
    loss = -y_true * tf.math.log(y_pred) - (1.0 - y_true) * tf.math.log(1.0 - y_pred)
    loss = tf.where(tf.math.is_nan(loss), tf.zeros_like(loss), loss)
    return tf.reduce_mean(loss, axis=-1)


model = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(48, activation="relu"),
        layers.Dense(findings, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Nadam(2e-3), loss=known_only)
history = model.fit(x[:2000], y[:2000], batch_size=40, epochs=15, verbose=2)

right = (model.predict(x[2000:], verbose=0) > 0.5) == (truth[2000:] > 0.5)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(right):.4f}")
