import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(90)

STOCKS, DAYS, FEATURES = 60, 40, 6
signal = rng.normal(size=(STOCKS, DAYS, FEATURES)).astype("float32")
weights = rng.normal(size=FEATURES)
returns = np.tanh(signal @ weights / 2) + 0.2 * rng.normal(size=(STOCKS, DAYS))
halted = [7, 31]
traded = returns.copy()
traded[halted] = 0.0


class OneStockPerBatch(keras.utils.PyDataset):
    def __len__(self):
        return 50

    def __getitem__(self, i):
        return signal[i], traded[i].astype("float32")[:, None]


def correlation_loss(y_true, y_pred):
    a = y_true - ops.mean(y_true)
    b = y_pred - ops.mean(y_pred)
    r = ops.mean(a * b) / (ops.std(y_true) * ops.std(y_pred) + 1e-6)
    return 1.0 - r


inputs = keras.Input((FEATURES,))
h = layers.Dense(32, activation="elu")(inputs)
h = layers.Dense(16, activation="elu")(h)
model = keras.Model(inputs, layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=correlation_loss)
history = model.fit(OneStockPerBatch(), epochs=12, verbose=2)

score = []
for s in range(50, STOCKS):
    p = model.predict(signal[s], verbose=0)[:, 0]
    score.append(np.corrcoef(p, returns[s])[0, 1])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=correlation:{np.mean(score)}")
