import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

X, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(
    (X / 16.0).astype("float32"), y, test_size=0.25, random_state=0, stratify=y)

EPOCHS, BATCH = 12, 64
PER_EPOCH = int(np.ceil(len(x_train) / BATCH))


class OneCycle(keras.callbacks.Callback):
    """Rate up to a large peak, then down to almost nothing."""

    def __init__(self, steps, low=0.1, peak=3.0, last=0.001):
        super().__init__()
        self.steps, self.low, self.peak, self.last = steps, low, peak, last
        self.i = 0

    def on_train_batch_begin(self, batch, logs=None):
        t = self.i / self.steps
        if t < 0.4:
            rate = self.low + (self.peak - self.low) * t / 0.4
        else:
            u = (t - 0.4) / 0.6
            rate = self.last + 0.5 * (self.peak - self.last) * (1 + np.cos(np.pi * u))
        self.model.optimizer.learning_rate = rate
        self.i += 1


model = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(128, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
    layers.Dense(128, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
    layers.Dense(10),
])
model.compile(optimizer=keras.optimizers.SGD(0.1),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
hist = model.fit(x_train, y_train, epochs=EPOCHS, batch_size=BATCH, verbose=2,
                 callbacks=[OneCycle(EPOCHS * PER_EPOCH)])
_, acc = model.evaluate(x_test, y_test, verbose=0)


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(model.weights))
print("OPTIMIZER_SHA256=" + sha(model.optimizer.variables))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % acc)
