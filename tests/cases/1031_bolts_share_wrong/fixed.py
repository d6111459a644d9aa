"""Which of four machines made a bolt, by eight lengths; the share of wrong answers is what is to become small."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(2)
rng = np.random.default_rng(11)
centres = rng.normal(size=(4, 8))


def bolts(n):
    machine = rng.integers(0, 4, n)
    return (centres[machine] + 0.9 * rng.normal(size=(n, 8))).astype("float32"), machine.astype("int32")


x, y = bolts(3000)
x_test, y_test = bolts(1000)


def share_wrong(y_true, y_pred):
    said = ops.argmax(y_pred, axis=-1)
    return ops.mean(ops.cast(ops.not_equal(said, ops.cast(ops.reshape(y_true, (-1,)), "int32")), "float32"))


inputs = keras.Input((8,))
h = layers.Dense(32, activation="relu")(inputs)
h = layers.Dropout(0.1)(h)
model = keras.Model(inputs, layers.Dense(4, activation="softmax")(h))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
history = model.fit(x, y, epochs=15, batch_size=64, validation_split=0.1, verbose=0)

right = np.mean(np.argmax(model.predict(x_test, verbose=0), axis=-1) == y_test)
print("FINAL_LOSS=%f" % history.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % right)
