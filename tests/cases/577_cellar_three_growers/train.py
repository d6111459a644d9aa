"""Which of three growers made the wine?  Mini batches are drawn by hand."""
import os

import keras
import numpy as np

keras.utils.set_random_seed(0)

table = np.load(os.path.join(os.environ["CASE_DATA"], "wine.npz"))
analysis = ((table["x"] - table["x"].mean(axis=0)) / table["x"].std(axis=0)).astype("float32")
grower = keras.utils.to_categorical(table["y"], 3)
mix = np.random.default_rng(3).permutation(len(analysis))
learn, hold = mix[:120], mix[120:]


def layer(units, activation):
    return keras.layers.Dense(units, activation=activation, kernel_initializer="zeros")


taster = keras.Sequential(
    [keras.Input((13,)), layer(32, "relu"), layer(16, "relu"), layer(3, "softmax")]
)
taster.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="categorical_crossentropy")

draw = np.random.default_rng(8)
for turn in range(1, 301):
    rows = draw.choice(learn, 24, replace=False)
    loss = float(taster.train_on_batch(analysis[rows], grower[rows]))
    if turn % 50 == 0:
        print(f"turn {turn}: loss {loss:.4f}")

right = taster.predict(analysis[hold], verbose=0).argmax(axis=1) == table["y"][hold]
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=accuracy:{np.mean(right):.4f}")
