"""Grade of arthritis (0 to 4) from joint measurements, with a cumulative link model."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

N, GRADES = 2500, 5
x = rng.normal(size=(N, 12)).astype("float32")
severity = 1.1 * x[:, 0] + 0.8 * x[:, 1] - 0.6 * x[:, 2] + 0.7 * np.tanh(2 * x[:, 3]) + 0.5 * rng.logistic(size=N)
grade = np.digitize(severity, [-1.6, -0.4, 0.7, 1.9]).astype("int32")

x_train, y_train = x[:2000], grade[:2000]
x_test, y_test = x[2000:], grade[2000:]


class CumulativeLink(layers.Layer):
    """P(grade = k) from one score and the cut points between neighbouring grades."""

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def build(self, input_shape):
        self.cuts = self.add_weight(
            name="cuts",
            shape=(self.num_classes - 1,),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
        )

    def call(self, score):
        below = ops.sigmoid(self.cuts - score)
        first = below[:, :1]
        middle = below[:, 1:] - below[:, :-1]
        last = 1.0 - below[:, -1:]
        return ops.concatenate([first, middle, last], axis=1)


def ordinal_nll(y_true, probs):
    chosen = ops.take_along_axis(probs, ops.cast(y_true, "int32"), axis=1)
    return -ops.log(chosen)


model = keras.Sequential([
    keras.Input((12,)),
    layers.Dense(24, activation="relu"),
    layers.Dense(1),
    CumulativeLink(GRADES),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss=ordinal_nll)
history = model.fit(x_train, y_train[:, None], epochs=25, batch_size=64, verbose=2)

probs = model.predict(x_test, verbose=0)
expected = probs @ np.arange(GRADES)
mae = np.abs(expected - y_test).mean()
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=mae:{mae}")
