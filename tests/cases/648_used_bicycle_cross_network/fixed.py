"""Resale price of bicycles with a deep and cross network."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(52)

N_BRANDS, n = 25, 5000
brand_value = rng.normal(0, 0.4, N_BRANDS)
brand = rng.integers(0, N_BRANDS, n)
list_price = np.exp(rng.normal(7.2, 0.5, n))
km = rng.gamma(1.5, 2500, n)
weight = rng.normal(13_500, 2_800, n)
age = rng.uniform(0, 12, n)
electric = rng.integers(0, 2, n)
log_price = (0.9 * np.log(list_price) - 0.09 * age - 0.06 * km / 1000 * (1 + 0.5 * electric)
             + brand_value[brand] - 0.1 * (weight - 13_500) / 2_800 * (1 - electric) + 0.07 * rng.normal(size=n))

table = np.column_stack([list_price, km, weight, age, electric]).astype("float32")
y_mean, y_std = log_price[:4000].mean(), log_price[:4000].std()
target = ((log_price - y_mean) / y_std).astype("float32")


class Cross(layers.Layer):
    def build(self, shape):
        width = shape[0][-1]
        self.w = self.add_weight(shape=(width, 1), initializer="glorot_uniform", name="w")
        self.b = self.add_weight(shape=(width,), initializer="zeros", name="b")

    def call(self, pair):
        x0, x = pair
        return x0 * ops.matmul(x, self.w) + self.b + x


brand_in = keras.Input((), dtype="int32", name="brand")
table_in = keras.Input((table.shape[1],), name="table")
scale = layers.Normalization()
scale.adapt(table[:4000])
numbers = scale(table_in)
x0 = layers.Concatenate()([layers.Embedding(N_BRANDS, 6)(brand_in), numbers])

cross = x0
for _ in range(4):
    cross = Cross()([x0, cross])
deep = layers.Dense(32, activation="relu")(x0)
deep = layers.Dense(32, activation="relu")(deep)
out = layers.Dense(1)(layers.Concatenate()([cross, deep]))

model = keras.Model({"brand": brand_in, "table": table_in}, out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
history = model.fit({"brand": brand[:4000], "table": table[:4000]}, target[:4000],
                    epochs=25, batch_size=64, verbose=2)

pred = model.predict({"brand": brand[4000:], "table": table[4000:]}, verbose=0)[:, 0]
true = target[4000:]
r2 = 1 - np.sum((true - pred) ** 2) / np.sum((true - true.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
