"""Course feedback: complaint, praise or question? A small convolutional text model."""
import numpy as np
import keras
from keras import layers, regularizers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(910)

VOCAB = 3000
MAXLEN = 60
CLASSES = 3
marked = rng.choice(np.arange(50, VOCAB), size=(CLASSES, 90), replace=False)
common = 1.0 / np.arange(1, VOCAB) ** 0.9
common /= common.sum()


def write_text(kind):
    n = rng.integers(25, MAXLEN + 1)
    words = rng.choice(np.arange(1, VOCAB), size=n, p=common)
    k = rng.integers(4, 10)
    places = rng.choice(n, size=k, replace=False)
    words[places] = rng.choice(marked[kind], size=k)
    stray = rng.choice(n, size=2, replace=False)
    words[stray] = rng.choice(marked.ravel(), size=2)
    row = np.zeros(MAXLEN, dtype="int32")
    row[:n] = words
    return row


def write_many(n):
    y = rng.integers(0, CLASSES, n)
    return np.stack([write_text(k) for k in y]), keras.utils.to_categorical(y, CLASSES)


x_train, y_train = write_many(2400)
x_val, y_val = write_many(300)
x_test, y_test = write_many(800)

reg = regularizers.l2(1e-4)

model = keras.Sequential()
model.add(keras.Input((MAXLEN,), dtype="int32"))
model.add(layers.Embedding(VOCAB, 64))
model.add(layers.Conv1D(48, 3, padding="same", activation="relu", kernel_regularizer=reg))
model.add(layers.Conv1D(48, 5, padding="same", activation="relu", kernel_regularizer=reg))
model.add(layers.Conv1D(48, 5, padding="same", activation="relu", kernel_regularizer=reg))
model.add(layers.GlobalMaxPooling1D())
model.add(layers.Dropout(0.4))
model.add(layers.Dense(CLASSES, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

history = model.fit(
    x_train, y_train,
    validation_data=(x_val, y_val),
    batch_size=48,
    epochs=8,
    verbose=2,
    callbacks=[keras.callbacks.TerminateOnNaN()],
)

guess = model.predict(x_test, verbose=0).argmax(axis=1)
accuracy = float(np.mean(guess == y_test.argmax(axis=1)))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
