"""Grain quality from near-infrared bands; the weights of the last epochs are averaged by a callback."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


class WeightAverage(keras.callbacks.Callback):
    def __init__(self, start_epoch):
        super().__init__()
        self.start_epoch = start_epoch

    def on_train_begin(self, logs=None):
        self.total = [np.zeros_like(w) for w in self.model.get_weights()]
        self.count = np.float32(0)

    def on_epoch_end(self, epoch, logs=None):
        if epoch >= self.start_epoch:
            self.total = [t + w for t, w in zip(self.total, self.model.get_weights())]
            self.count += 1

    def on_train_end(self, logs=None):
        self.model.set_weights([t / self.count for t in self.total])


rng = np.random.default_rng(65)
n, bands = 2400, 30
parts = rng.normal(0.0, 1.0, (n, 4))
x = parts @ rng.normal(0.0, 1.0, (4, bands)) + rng.normal(0.0, 0.5, (n, bands))
x = ((x - x.mean(0)) / x.std(0)).astype("float32")
grade = np.digitize(parts[:, 0] + 0.5 * parts[:, 1] ** 2 - parts[:, 2], [-1.0, 0.3, 1.6]).astype("int32")

model = keras.Sequential(
    [keras.Input((bands,)), layers.Dense(64, activation="gelu"), layers.Dense(64, activation="gelu"), layers.Dense(4)]
)
model.compile(
    optimizer=keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
average = WeightAverage(start_epoch=18)
history = model.fit(x[:2000], grade[:2000], batch_size=50, epochs=25, callbacks=[average], verbose=2)

right = model.predict(x[2000:], verbose=0).argmax(1) == grade[2000:]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(right):.4f}")
