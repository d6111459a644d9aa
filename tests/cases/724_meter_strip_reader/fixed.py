"""Reads the four-figure number on the strip of a water meter."""
import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

LENGTH, WIDTH, HEIGHT = 4, 44, 8
ALPHABET = "0123456789"
BLANK = 0

pictures, figures = load_digits(return_X_y=True)
pictures = pictures.reshape(-1, 8, 8).astype("float32") / 16.0
cut = 1400


def strips(n, pool_x, pool_y):
    x = np.zeros((n, HEIGHT, WIDTH, 1), dtype="float32")
    y = np.zeros((n, LENGTH), dtype="int32")
    for i in range(n):
        col = rng.integers(0, 4)
        for k in range(LENGTH):
            j = rng.integers(len(pool_x))
            x[i, :, col:col + 8, 0] = pool_x[j]
            y[i, k] = pool_y[j] + 1
            col += 8 + rng.integers(0, 3)
    x += rng.normal(0, 0.05, x.shape)
    return x, y


train_x, train_y = strips(3500, pictures[:cut], figures[:cut])
test_x, test_y = strips(600, pictures[cut:], figures[cut:])

inp = keras.Input((HEIGHT, WIDTH, 1))
h = layers.Conv2D(24, 3, padding="same", activation="relu")(inp)
h = layers.MaxPooling2D((2, 1))(h)
h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
h = layers.MaxPooling2D((2, 2))(h)
h = layers.Permute((2, 1, 3))(h)
h = layers.Reshape((WIDTH // 2, 2 * 32))(h)
h = layers.Bidirectional(layers.GRU(40, return_sequences=True))(h)
out = layers.Dense(len(ALPHABET) + 1)(h)
reader = keras.Model(inp, out)

reader.compile(optimizer=keras.optimizers.Adam(6e-3), loss=keras.losses.CTC())
history = reader.fit(train_x, train_y, batch_size=50, epochs=6, verbose=2)


def decode(logits):
    lengths = np.full(len(logits), logits.shape[1], dtype="int32")
    codes, _ = ops.ctc_decode(logits, lengths, strategy="greedy", mask_index=BLANK)
    return ops.convert_to_numpy(codes)[0]


read = decode(reader.predict(test_x, verbose=0))
right = 0
for row, truth in zip(read, test_y):
    text = [c for c in row if c >= 0]
    right += text == list(truth)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=strip_accuracy:{right / len(test_y):.4f}")
