import keras
import numpy as np
from keras import initializers, layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

X, t = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32")
idx = np.random.RandomState(0).permutation(len(X))
tr, te = idx[:1400], idx[1400:]

small = initializers.GlorotUniform(seed=1)


def stack(n_layers):
    inp = keras.Input(shape=(64,))
    out = inp
    for _ in range(n_layers):
        out = layers.Dense(48, activation="tanh", kernel_initializer=small.clone())(out)
    out = layers.Dense(10, activation="softmax", kernel_initializer=small.clone())(out)
    return keras.Model(inp, out)


model = stack(6)
model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(X[tr], t[tr], batch_size=32, epochs=25, verbose=2)
acc = model.evaluate(X[te], t[te], verbose=0)[1]
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
