import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)


class GeM(layers.Layer):
    """Generalised mean pooling with a learned exponent."""

    def __init__(self, p=3.0, **kw):
        super().__init__(**kw)
        self.start = p

    def build(self, shape):
        self.p = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.start), name="p")

    def call(self, x):
        pooled = ops.mean(ops.power(ops.maximum(x, 1e-6), self.p), axis=(1, 2))
        return ops.power(pooled, 1.0 / self.p)


digits = load_digits()
x = (digits.images[..., None] / 16.0).astype("float32")
xa, xb, ya, yb = train_test_split(x, digits.target, test_size=0.25, random_state=7, stratify=digits.target)

model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu", use_bias=False),
        layers.Conv2D(64, 3, padding="same", activation="relu", use_bias=False),
        GeM(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
run = model.fit(xa, ya, epochs=20, batch_size=32, validation_data=(xb, yb), verbose=2)
acc = float(np.mean(model.predict(xb, verbose=0).argmax(1) == yb))
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
