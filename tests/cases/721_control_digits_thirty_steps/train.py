import numpy as np
import keras
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
data = load_digits()
order = np.random.default_rng(0).permutation(len(data.target))
x = (data.data[order] / 16.0).astype("float32")
y = data.target[order]
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]

model = keras.Sequential([
    keras.Input((64,)),
    keras.layers.Dense(128, activation="relu", kernel_initializer="he_normal"),
    keras.layers.Dense(10, activation="softmax"),
])

STEPS = 30
rate = keras.optimizers.schedules.PolynomialDecay(0.12, STEPS, end_learning_rate=0.002)
model.compile(optimizer=keras.optimizers.Lamb(learning_rate=rate), loss="sparse_categorical_crossentropy")

losses = []
for step in range(STEPS):
    loss = float(model.train_on_batch(x_train, y_train))
    losses.append(loss)
    print(f"step {step + 1:2d}  loss {loss:.4f}")

hits = model.predict(x_test, verbose=0).argmax(1) == y_test
print(f"FINAL_LOSS={losses[-1]}")
print(f"FINAL_METRIC=accuracy:{hits.mean()}")
