"""Topic of a radio news item, small convolutional text model."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

TOPICS = ["politics", "sport", "weather", "traffic", "culture"]
VOCAB, LENGTH = 2000, 32
topic_words = rng.permutation(np.arange(1, VOCAB))[:500].reshape(5, 100)


def items(n):
    y = rng.integers(0, 5, n)
    x = np.zeros((n, LENGTH), "int32")
    for i in range(n):
        length = rng.integers(18, LENGTH + 1)
        row = rng.integers(1, VOCAB, length)
        spots = rng.choice(length, 6, replace=False)
        row[spots] = rng.choice(topic_words[y[i]], 6)
        x[i, :length] = row
    return x, y


x_train, y_train = items(6000)
x_test, y_test = items(1500)
ds_train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(6000, seed=3).batch(64)
ds_test = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(256)


class TopicNet(keras.Model):
    def __init__(self, n_topics):
        super().__init__()
        self.embed = layers.Embedding(VOCAB, 32)
        self.conv = layers.Conv1D(48, 3, padding="same", activation="relu")
        self.pool = layers.GlobalMaxPooling1D()
        self.drop = layers.Dropout(0.2)
        self.out = layers.Dense(n_topics, activation="log_softmax")

    def call(self, tokens, training=False):
        h = self.conv(self.embed(tokens))
        h = self.drop(self.pool(h), training=training)
        return self.out(h)


model = TopicNet(len(TOPICS))
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss="sparse_categorical_crossentropy",
              metrics=["sparse_categorical_accuracy"])
hist = model.fit(ds_train, validation_data=ds_test, epochs=6, verbose=2)

scores = model.predict(ds_test, verbose=0)
acc = float(np.mean(scores.argmax(1) == y_test))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
