import numpy as np
import keras
from keras import layers
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)

N = 3000
area = rng.gamma(9.0, 8.0, N)
rooms = np.clip(np.round(area / 24 + rng.normal(0, 0.6, N)), 1, 7)
floor = rng.integers(0, 9, N)
age = rng.uniform(0, 90, N)
to_station = rng.exponential(1.2, N)
district = rng.integers(0, 12, N)
district_level = rng.normal(0, 0.25, 12)
photos = rng.integers(1, 25, N)
asking_gap = rng.normal(0, 0.1, N)

log_price = (11.3 + 0.8 * np.log(area) + 0.03 * floor - 0.004 * age
             - 0.09 * to_station + district_level[district] + rng.normal(0, 0.08, N))
logit = -9.0 * asking_gap + 0.09 * (photos - 12) - 0.5 * (to_station - 1.2) + 0.3
sold = (rng.uniform(size=N) < 1 / (1 + np.exp(-logit))).astype("float32")

numbers = np.stack([area, rooms, floor, age, to_station, photos, asking_gap], 1)
cut = 2400
num_scaler = StandardScaler().fit(numbers[:cut])
numbers = num_scaler.transform(numbers).astype("float32")
price = (np.exp(log_price[:, None]) / 1e6).astype("float32")  # millions

num_in = keras.Input((7,), name="numbers")
dis_in = keras.Input((1,), dtype="int32", name="district")
d = layers.Flatten()(layers.Embedding(12, 4)(dis_in))
h = layers.Concatenate()([num_in, d])
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(64, activation="relu")(h)

sold_h = layers.Dense(16, activation="relu")(h)
sold_out = layers.Dense(1, activation="sigmoid", name="sold_in_month")(sold_h)
price_h = layers.Dense(16, activation="relu")(h)
price_out = layers.Dense(1, name="price")(price_h)

model = keras.Model([num_in, dis_in], [price_out, sold_out])
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=["binary_crossentropy", "mse"],
    loss_weights=[1.0, 1.0],
)

history = model.fit(
    [numbers[:cut], district[:cut, None]],
    [price[:cut], sold[:cut, None]],
    validation_data=([numbers[cut:], district[cut:, None]], [price[cut:], sold[cut:, None]]),
    epochs=16,
    batch_size=64,
    verbose=2,
)

price_hat, sold_hat = model.predict([numbers[cut:], district[cut:, None]], verbose=0)
r2 = r2_score(price[cut:, 0], price_hat[:, 0])
hit = np.mean((sold_hat[:, 0] > 0.5) == (sold[cut:] > 0.5))
print(f"sold within a month, accuracy {hit:.3f}")
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
