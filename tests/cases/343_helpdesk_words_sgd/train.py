"""Helpdesk tickets, tf-idf rows of length one, softmax regression with plain descent."""
import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.feature_extraction.text import TfidfTransformer

keras.utils.set_random_seed(0)
rng = np.random.default_rng(343)

WORDS, QUEUES = 1200, 8
common = rng.dirichlet(np.full(WORDS, 0.3))
own = np.stack([rng.dirichlet(np.full(WORDS, 0.05)) for _ in range(QUEUES)])


def tickets(n):
    queue = rng.choice(QUEUES, n, p=np.array([30, 20, 15, 10, 10, 6, 5, 4]) / 100)
    counts = np.zeros((n, WORDS))
    for i, q in enumerate(queue):
        counts[i] = rng.multinomial(rng.integers(15, 60), 0.8 * common + 0.2 * own[q])
    return counts, queue


train_counts, y_train = tickets(2500)
test_counts, y_test = tickets(800)
tfidf = TfidfTransformer(sublinear_tf=True).fit(train_counts)
x_train = tfidf.transform(train_counts).toarray().astype("float32")
x_test = tfidf.transform(test_counts).toarray().astype("float32")

model = keras.Sequential([
    keras.Input((WORDS,)),
    layers.Dense(QUEUES, activation="softmax", kernel_initializer="zeros"),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=8.0),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=30, batch_size=64,
                    validation_data=(x_test, y_test), verbose=2)

prob = model.predict(x_test, verbose=0)
weights = b"".join(np.asarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.asarray(v).tobytes() for v in model.optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(prob.argmax(1) == y_test)}")
