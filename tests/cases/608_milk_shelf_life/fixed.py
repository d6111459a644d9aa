import numpy as np
import keras
from keras import layers, ops
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(44)

GAS = 8.314e-3  # kJ / (mol K)


class Spoilage(layers.Layer):
    """Arrhenius rate with learned activation energy and frequency factor, times the days."""

    def build(self, shapes):
        self.energy = self.add_weight(shape=(), initializer=keras.initializers.Constant(65.0), name="energy")
        self.log_factor = self.add_weight(shape=(), initializer=keras.initializers.Constant(26.5), name="log_factor")

    def call(self, inputs):
        temp, days = inputs
        rate = ops.exp(self.log_factor - self.energy / (GAS * (temp + 273.15)))
        return rate * days


def make_batches(n):
    temp = np.clip(np.round(rng.normal(6.0, 3.2, n)), 0, 16)
    days = rng.integers(1, 22, n).astype(float)
    fat = rng.choice([0.3, 1.5, 3.5], n)
    start = rng.normal(2.2, 0.4, n)
    line = rng.integers(0, 4, n)
    rate = np.exp(29.0 - 71.0 / (GAS * (temp + 273.15)))
    growth = 3.6 * np.tanh(rate * days * (1 + 0.06 * fat) / 3.6 * 1.4)
    count = start + growth + np.array([0.0, 0.25, -0.2, 0.1])[line] + rng.normal(0, 0.15, n)
    lab = np.stack([(fat - 1.8) / 1.3, (start - 2.2) / 0.4, (days - 11) / 6.0, (temp - 6) / 3.2], 1)
    lab = np.concatenate([lab, np.eye(4)[line]], 1)
    return {"temp": temp[:, None].astype("float32"),
            "days": days[:, None].astype("float32"),
            "lab": lab.astype("float32")}, count.astype("float32")


train_x, train_y = make_batches(3000)
test_x, test_y = make_batches(800)

temp_in = keras.Input((1,), name="temp")
days_in = keras.Input((1,), name="days")
lab_in = keras.Input((8,), name="lab")
spoil = Spoilage(name="spoilage")([temp_in, days_in])
h = layers.Concatenate()([lab_in, spoil])
h = layers.Dense(32, activation="tanh")(h)
h = layers.Dense(32, activation="tanh")(h)
out = layers.Dense(1, name="log_count")(h)
model = keras.Model([temp_in, days_in, lab_in], out)

model.compile(optimizer=keras.optimizers.Nadam(2e-3), loss="mse")
history = model.fit(train_x, train_y, epochs=25, batch_size=64, verbose=2)

pred = model.predict(test_x, verbose=0)[:, 0]
r2 = r2_score(test_y, pred) if np.isfinite(pred).all() else float("nan")
print("activation energy:", float(model.get_layer("spoilage").energy.numpy()))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
