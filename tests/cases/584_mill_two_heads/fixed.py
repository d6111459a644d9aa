"""A milling machine: kind of material (three) and whether the tool is about to break, from one trunk."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
gen = np.random.default_rng(14)

N = 2000
forces = gen.normal(size=(N, 10)).astype("float32")
to_kind, to_break = gen.normal(size=(10, 3)), gen.normal(size=10)
material = np.argmax(forces @ to_kind + gen.normal(0.0, 0.7, (N, 3)), axis=1)
danger = (forces @ to_break + 0.8 * forces[:, 0] * forces[:, 1] + gen.normal(0.0, 0.5, N) > 0.3).astype("float32")
fit, test = slice(0, 1500), slice(1500, N)

inputs = keras.Input((10,), name="forces")
trunk = layers.Dense(48, activation="relu")(inputs)
trunk = layers.Dense(32, activation="relu")(trunk)
outputs = {
    "material": layers.Dense(3, activation="softmax", name="material")(trunk),
    "breaks": layers.Dense(1, activation="sigmoid", name="breaks")(trunk),
}
mill = keras.Model(inputs, outputs)
mill.compile(
    optimizer=keras.optimizers.Nadam(0.002),
    loss={"material": "sparse_categorical_crossentropy", "breaks": "binary_crossentropy"},
    loss_weights={"material": 0.5, "breaks": 1.0},
)
history = mill.fit(forces[fit], {"material": material[fit], "breaks": danger[fit, None]}, batch_size=50, epochs=20, verbose=2)

said = mill.predict(forces[test], verbose=0)
print("material right:", np.mean(said["material"].argmax(axis=1) == material[test]))
accuracy = np.mean((said["breaks"][:, 0] > 0.5) == (danger[test] > 0.5))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
