"""Pick eight marker genes for five cell types with a concrete selector layer."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)

GENES, TYPES, PICKS, EPOCHS = 60, 5, 8, 40
level = rng.normal(0, 0.15, (TYPES, GENES))
markers = rng.choice(GENES, 12, replace=False)
level[:, markers] = rng.normal(0, 1.2, (TYPES, 12))


def cells(n):
    y = rng.integers(0, TYPES, n)
    return (level[y] + rng.normal(0, 0.9, (n, GENES))).astype("float32"), y


x_train, y_train = cells(2500)
x_test, y_test = cells(800)


class ConcreteSelect(layers.Layer):
    def __init__(self, picks, **kw):
        super().__init__(**kw)
        self.picks = picks
        self.noise = keras.random.SeedGenerator(5)

    def build(self, shape):
        self.scores = self.add_weight(shape=(self.picks, shape[-1]), initializer="glorot_uniform", name="scores")
        self.temperature = self.add_weight(shape=(), initializer="ones", trainable=False, name="temperature")

    def call(self, x, training=False):
        if training:
            u = keras.random.uniform(ops.shape(self.scores), 1e-6, 1.0 - 1e-6, seed=self.noise)
            gumbel = -ops.log(-ops.log(u))
            choice = ops.softmax((self.scores + gumbel) / self.temperature, axis=-1)
        else:
            choice = ops.one_hot(ops.argmax(self.scores, axis=-1), x.shape[-1])
        return ops.matmul(x, ops.transpose(choice))


class Cooling(keras.callbacks.Callback):
    def __init__(self, layer, start=5.0):
        super().__init__()
        self.layer, self.start = layer, start

    def on_epoch_begin(self, epoch, logs=None):
        self.layer.temperature.assign(max(0.1, self.start * (1.0 - epoch / (EPOCHS - 1))))


select = ConcreteSelect(PICKS)
model = keras.Sequential([
    keras.Input((GENES,)),
    select,
    layers.Dense(48, activation="relu"),
    layers.Dense(TYPES, activation="softmax"),
])
model.compile(keras.optimizers.Adam(8e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
h = model.fit(x_train, y_train, batch_size=100, epochs=EPOCHS, verbose=2, callbacks=[Cooling(select)])

genes = np.argmax(select.scores.numpy(), axis=-1)
print("genes:", sorted(set(genes.tolist())), "true markers:", sorted(markers.tolist()))
acc = float((model.predict(x_test, verbose=0).argmax(1) == y_test).mean())
print(f"FINAL_LOSS={h.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
