"""Support tickets into ten topics: bag of words, tf.data, cosine decay over the whole training."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
TOPICS, WORDS, EPOCHS, BATCH = 10, 400, 12, 32
rng = np.random.default_rng(58)
profile = rng.dirichlet(np.full(WORDS, 0.25), TOPICS) * 0.5 + rng.dirichlet(np.full(WORDS, 2.0)) * 0.5


def tickets(n):
    topic = rng.integers(0, TOPICS, n)
    counts = np.stack([rng.multinomial(40, profile[k]) for k in topic])
    return np.log1p(counts).astype("float32"), topic.astype("int32")


x, y = tickets(3200)
x_test, y_test = tickets(800)
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(3200, seed=3).batch(BATCH).prefetch(2)
model = keras.Sequential(
    [
        keras.Input((WORDS,)),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(TOPICS, activation="softmax"),
    ]
)
rate = keras.optimizers.schedules.CosineDecay(1e-3, decay_steps=EPOCHS)
model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, epochs=EPOCHS, verbose=2)

accuracy = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
