import hashlib

import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32").reshape(-1, 8, 8, 1)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)


class Lars(keras.optimizers.Optimizer):
    """Layer-wise rates: step = rate * trust * |w| / (|g| + decay |w|), with momentum."""

    def __init__(self, learning_rate=8.0, momentum=0.9, trust=0.001, decay=1e-4, **kw):
        super().__init__(learning_rate=learning_rate, **kw)
        self.momentum, self.trust, self.decay = momentum, trust, decay

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.speed = [self.add_variable_from_reference(v, name="speed") for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        lr = ops.cast(learning_rate, variable.dtype)
        speed = self.speed[self._get_variable_index(variable)]
        if len(variable.shape) > 1:
            w = ops.sqrt(ops.sum(ops.square(variable)))
            g = ops.sqrt(ops.sum(ops.square(gradient)))
            ratio = self.trust * w / (g + self.decay * w + 1e-9)
            ratio = ops.where(ops.logical_and(w > 0, g > 0), ratio, 1.0)
            gradient = gradient + self.decay * variable
        else:
            ratio = self.trust
        self.assign(speed, self.momentum * speed + lr * ratio * gradient)
        self.assign_sub(variable, speed)


model = keras.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(24, 3, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.Activation("relu"),
    layers.Conv2D(48, 3, strides=2, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.Activation("relu"),
    layers.Flatten(),
    layers.Dense(10),
])
batch, epochs = 225, 25
steps = epochs * int(np.ceil(len(x_train) / batch))
rate = keras.optimizers.schedules.CosineDecay(0.5, steps - 12, warmup_target=8.0, warmup_steps=12)
model.compile(optimizer=Lars(rate),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=batch, epochs=epochs, verbose=2)

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
