import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

keras.utils.set_random_seed(0)

digits = load_digits()
x = (digits.images / 16.0).astype("float32")[..., None]
y = digits.target.astype("int32")
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]


class SupervisedContrastive(keras.losses.Loss):
    def __init__(self, temperature=0.2):
        super().__init__()
        self.temperature = temperature

    def call(self, labels, z):
        labels = ops.reshape(labels, (-1, 1))
        n = ops.shape(z)[0]
        others = 1.0 - ops.eye(n)
        positives = ops.cast(ops.equal(labels, ops.transpose(labels)), "float32") * others
        logits = ops.matmul(z, ops.transpose(z)) / self.temperature
        logits = logits - ops.stop_gradient(ops.max(logits, axis=1, keepdims=True))
        log_prob = logits - ops.log(ops.sum(ops.exp(logits) * others, axis=1, keepdims=True))
        return -ops.sum(positives * log_prob, axis=1) / ops.sum(positives, axis=1)


encoder = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(16, 3, activation="relu"),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(24),
    layers.UnitNormalization(),
])
encoder.compile(optimizer=keras.optimizers.Adam(2e-3), loss=SupervisedContrastive())
history = encoder.fit(x_train, y_train, batch_size=20, epochs=8, verbose=2)

train_z = encoder.predict(x_train, verbose=0)
test_z = encoder.predict(x_test, verbose=0)
if np.isfinite(train_z).all():
    accuracy = KNeighborsClassifier(5).fit(train_z, y_train).score(test_z, y_test)
else:
    accuracy = float("nan")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=knn_accuracy:{accuracy}")
