import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

# household survey: which of four heating tariffs suits a household
n = 4000
table = pd.DataFrame({
    "property_value": rng.lognormal(13.0, 0.4, n),
    "persons": rng.integers(1, 7, n),
    "rooms": rng.integers(1, 9, n),
    "age_of_house": rng.uniform(0, 90, n),
    "hours_at_home": rng.uniform(4, 22, n),
    "glazing": rng.integers(1, 4, n),
})
z = (table - table.mean()) / table.std()
scores = np.stack([
    1.5 * z.persons + z.hours_at_home,
    1.5 * z.age_of_house - z.glazing,
    1.5 * z.rooms * z.hours_at_home,
    1.2 * z.property_value - z.persons - z.age_of_house,
], 1)
tariff = np.argmax(scores + 0.2 * rng.normal(size=scores.shape), 1)

x_train, x_test, y_train, y_test = train_test_split(table.to_numpy("float32"), tariff,
                                                    test_size=0.25, random_state=0, stratify=tariff)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train).astype("float32")
x_test = scaler.transform(x_test).astype("float32")

train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(3000, seed=2).batch(50).cache()

model = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(64, activation="tanh"),
    layers.Dense(64, activation="tanh"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(train, epochs=25, verbose=2)

acc = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test))
print("most frequent tariff %.3f" % (np.bincount(y_test).max() / len(y_test)))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % acc)
