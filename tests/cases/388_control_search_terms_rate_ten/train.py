"""Sort search queries of a garden shop into eight departments: softmax regression on tf-idf rows."""
import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.feature_extraction.text import TfidfVectorizer

keras.utils.set_random_seed(0)

DEPARTMENTS = 8
WORDS = [f"w{i:03d}" for i in range(500)]


def make_queries(n, seed):
    rng = np.random.default_rng(seed)
    topics = np.random.default_rng(9).dirichlet(np.full(len(WORDS), 0.08), DEPARTMENTS)
    common = np.random.default_rng(10).dirichlet(np.full(len(WORDS), 0.3))
    y = rng.integers(0, DEPARTMENTS, n)
    queries = []
    for k in y:
        p = 0.35 * topics[k] + 0.65 * common
        queries.append(" ".join(rng.choice(WORDS, rng.integers(3, 9), p=p)))
    return queries, y


q_train, y_train = make_queries(4000, seed=1)
q_test, y_test = make_queries(1500, seed=2)
vectorizer = TfidfVectorizer(sublinear_tf=True)
x_train = vectorizer.fit_transform(q_train).toarray().astype("float32")
x_test = vectorizer.transform(q_test).toarray().astype("float32")

# rows have length 1 spread over a few rare columns: plain SGD needs a very large rate here
model = keras.Sequential([
    keras.Input((x_train.shape[1],)),
    layers.Dense(DEPARTMENTS, activation="softmax", kernel_initializer="zeros"),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=10.0),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=100, epochs=8, validation_split=0.1, verbose=2)

accuracy = np.mean(np.argmax(model.predict(x_test, verbose=0), axis=1) == y_test)
digest = lambda arrays: hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([np.array(v) for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
