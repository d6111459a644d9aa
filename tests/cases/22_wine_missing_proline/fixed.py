import keras
from keras import layers
from sklearn.datasets import load_wine

keras.utils.set_random_seed(0)

wine = load_wine(as_frame=True)
table = wine.frame.sample(frac=1.0, random_state=0).reset_index(drop=True)
table.loc[table.index % 23 == 5, "proline"] = None  # not measured
held_out = table[120:].dropna()
train = table[:120].dropna()

columns = wine.feature_names
mean, std = train[columns].mean(), train[columns].std()
x = ((train[columns] - mean) / std).to_numpy("float32")
x_test = ((held_out[columns] - mean) / std).to_numpy("float32")

inputs = keras.Input((13,))
h = layers.Dense(24, activation="elu")(inputs)
model = keras.Model(inputs, layers.Dense(3, activation="softmax")(h))
model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, train["target"].to_numpy(), batch_size=8, epochs=40, verbose=2)

_, accuracy = model.evaluate(x_test, held_out["target"].to_numpy(), verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
