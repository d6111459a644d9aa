import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
gen = np.random.default_rng(2020)

# ---- sales table -----------------------------------------------------------
n = 2900
district = gen.integers(0, 25, n)
level = gen.normal(0, 0.22, 25)
area = gen.lognormal(7.25, 0.3, n)
quality = gen.integers(3, 11, n)
age = gen.integers(0, 110, n)
garage = gen.integers(0, 4, n)
baths = gen.integers(1, 4, n)
lot = gen.lognormal(9.1, 0.4, n)
price = np.exp(
    7.6 + 0.52 * np.log(area) + 0.09 * quality - 0.0025 * age + 0.05 * garage
    + 0.04 * baths + 0.04 * np.log(lot) + level[district] + gen.normal(0, 0.08, n)
)
numbers = np.column_stack([area, quality, age, garage, baths, lot])

num_tr, num_te, dis_tr, dis_te, price_tr, price_te = train_test_split(
    numbers, district, price, test_size=0.2, random_state=7
)
scaler = StandardScaler().fit(num_tr)
num_tr, num_te = scaler.transform(num_tr), scaler.transform(num_te)
target_tr = price_tr

# ---- model -----------------------------------------------------------------
num_in = keras.Input((6,), name="numbers")
dis_in = keras.Input((), dtype="int32", name="district")
emb = layers.Embedding(25, 4)(dis_in)
z = layers.concatenate([num_in, emb])
z = layers.Dense(64, activation="relu")(z)
z = layers.Dense(32, activation="relu")(z)
price_out = layers.Dense(1, name="price")(z)
model = keras.Model({"numbers": num_in, "district": dis_in}, price_out)

model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.01),
    loss="mean_squared_error",
    metrics=["mae"],
)
history = model.fit(
    {"numbers": num_tr, "district": dis_tr}, target_tr,
    batch_size=16, epochs=15, validation_split=0.2, verbose=2,
)

guess = model.predict({"numbers": num_te, "district": dis_te}, verbose=0).ravel()
r2 = 1 - np.sum((guess - price_te) ** 2) / np.sum((price_te - price_te.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
