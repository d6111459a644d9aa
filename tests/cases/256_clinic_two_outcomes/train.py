import hashlib
import os

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(60)

data = np.load(os.path.join(os.environ["CASE_DATA"], "breast_cancer.npz"))
x = data["x"].astype("float64")
malign = data["y"].astype("float32").reshape(-1, 1)
order = rng.permutation(len(x))
x, malign = x[order], malign[order]
x = ((x - x[:400].mean(0)) / x[:400].std(0)).astype("float32")
wait_days = (3.0 * rng.standard_normal((len(x), 1)) + 12.0).astype("float32")


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 2e-3 * ops.minimum(1.0, ops.cast(step, "float32") / 150.0)

    def get_config(self):
        return {}


def gaussian(y_true, y_pred):
    mean, log_sd = y_pred[:, :1], y_pred[:, 1:]
    return ops.mean(log_sd + 0.5 * ops.square((y_true - mean) * ops.exp(-log_sd)), axis=-1)


inputs = keras.Input((30,))
h = layers.Dense(24, activation="relu")(inputs)
h = layers.Dropout(0.4)(h)
h = layers.Dense(24, activation="relu")(h)
tumour = layers.Dense(1, activation="sigmoid", name="tumour")(h)
wait = layers.Dense(2, bias_initializer=keras.initializers.Constant(1.0), name="wait")(h)
model = keras.Model(inputs, {"tumour": tumour, "wait": wait})
optimizer = keras.optimizers.Adam(WarmUp())
model.compile(optimizer=optimizer, loss={"tumour": "binary_crossentropy", "wait": gaussian},
              loss_weights={"tumour": 1.0, "wait": 0.3}, metrics={"tumour": "accuracy"})
history = model.fit(x[:400], {"tumour": malign[:400], "wait": wait_days[:400]},
                    epochs=50, batch_size=25, verbose=2)

p = model.predict(x[400:], verbose=0)["tumour"]
accuracy = np.mean((p > 0.5) == (malign[400:] > 0.5))

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
