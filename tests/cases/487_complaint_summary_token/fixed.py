import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

# complaints as word numbers: 0 is padding, 1 the summary token that stands first
VOCAB, LENGTH, CLASSES = 300, 24, 6
topic_words = rng.permutation(np.arange(2, VOCAB))[:CLASSES * 20].reshape(CLASSES, 20)


def complaints(n):
    label = rng.integers(0, CLASSES, n)
    out = np.zeros((n, LENGTH), "int32")
    for i in range(n):
        m = rng.integers(7, 20)
        words = rng.integers(2, VOCAB, m)
        k = rng.integers(2, 5)
        words[rng.choice(m, k, replace=False)] = rng.choice(topic_words[label[i]], k)
        out[i, 0] = 1
        out[i, 1:m + 1] = words
    return out, label


x_train, y_train = complaints(6000)
x_test, y_test = complaints(1500)


def padding_mask(tokens):
    mask = keras.ops.not_equal(tokens, 0)
    return keras.ops.expand_dims(mask, 1)


tokens = keras.Input((LENGTH,), dtype="int32")
mask = layers.Lambda(padding_mask, output_shape=(1, LENGTH))(tokens)
positions = layers.Embedding(LENGTH, 32)(keras.ops.arange(LENGTH))
x = layers.Embedding(VOCAB, 32)(tokens) + positions
for _ in range(1):
    a = layers.MultiHeadAttention(num_heads=4, key_dim=8)(x, x, attention_mask=mask)
    x = layers.LayerNormalization(epsilon=1e-6)(x + a)
    f = layers.Dense(32)(layers.Dense(64, activation="relu")(x))
    x = layers.LayerNormalization(epsilon=1e-6)(x + f)
out = layers.Dense(CLASSES, activation="softmax")(x[:, 0])
model = keras.Model(tokens, out)

model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(6000, seed=3).batch(100)
hist = model.fit(train, epochs=6, verbose=2)

acc = float(np.mean(model.predict(x_test, batch_size=250, verbose=0).argmax(1) == y_test))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % acc)
