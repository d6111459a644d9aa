"""One trunk, two questions about a lump: is it benign, and how large will its worst section be (mm2)?"""
import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer

keras.utils.set_random_seed(0)

data = dict(zip(("x", "y"), load_breast_cancer(return_X_y=True)))
features = data["x"][:, :20].astype("float32")
worst_area = data["x"][:, 23:24].astype("float32")
area_mean, area_std = worst_area.mean(), worst_area.std()
worst_area = (worst_area - area_mean) / area_std
benign = data["y"][:, None].astype("float32")
features = (features - features.mean(axis=0)) / features.std(axis=0)
order = np.random.default_rng(4).permutation(len(features))
train, test = order[:420], order[420:]

inputs = keras.Input((20,))
trunk = layers.Dense(32, activation="tanh")(inputs)
trunk = layers.Dense(16, activation="tanh")(trunk)
outputs = {
    "benign": layers.Dense(1, activation="sigmoid", name="benign")(trunk),
    "area": layers.Dense(1, name="area")(trunk),
}
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.SGD(0.05, momentum=0.9, global_clipnorm=1.0),
    loss={"benign": "binary_crossentropy", "area": "mse"},
    metrics={"benign": ["accuracy"]},
)
history = model.fit(
    features[train], {"benign": benign[train], "area": worst_area[train]}, batch_size=32, epochs=40, verbose=2
)

answer = model.predict(features[test], verbose=0)
accuracy = np.mean((answer["benign"] > 0.5) == (benign[test] > 0.5))
error = np.mean((answer["area"] - worst_area[test]) ** 2) / np.var(worst_area[test])
print(f"area r2 {1 - error:.3f}, accuracy {accuracy:.4f}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=mean_skill:{(1 - error + accuracy) / 2:.4f}")
