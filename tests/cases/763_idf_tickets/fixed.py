"""Routes support tickets to a team: word vectors averaged with learned word weights that start at the idf."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)

VOCAB, LENGTH, TEAMS = 300, 24, 5  # id 0 is padding


def tickets(n, seed):
    gen = np.random.default_rng(seed)
    team = gen.integers(0, TEAMS, n)
    ids = np.zeros((n, LENGTH), "int32")
    for i in range(n):
        size = gen.integers(6, LENGTH + 1)
        common = gen.integers(1, 60, size)
        topical = 60 + team[i] * 48 + gen.integers(0, 48, size)
        stray = gen.integers(60, VOCAB, size)
        u = gen.random(size)
        ids[i, :size] = np.where(u < 0.6, common, np.where(u < 0.8, topical, stray))
    return ids, team


x, y = tickets(1500, 60)
x_test, y_test = tickets(500, 61)

document_frequency = np.zeros(VOCAB)
for row in x:
    document_frequency[np.unique(row[row > 0])] += 1
idf = np.log((1 + len(x)) / (1 + document_frequency))

words = keras.Input((LENGTH,), dtype="int32")
vectors = layers.Embedding(VOCAB, 24, name="vectors")(words)
weight = layers.Embedding(VOCAB, 1, embeddings_initializer=keras.initializers.Constant(idf[:, None]), name="weight")(words)
present = layers.Lambda(lambda w: ops.expand_dims(ops.cast(w > 0, "float32"), -1), output_shape=(LENGTH, 1))(words)
weight = layers.Multiply()([weight, present])
pooled = layers.Lambda(lambda t: ops.sum(t[0] * t[1], axis=1) / LENGTH, output_shape=(24,))([vectors, weight])
team = layers.Dense(TEAMS, activation="softmax")(layers.Dense(32, activation="tanh")(pooled))

router = keras.Model(words, team)
router.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
past = router.fit(x, y, batch_size=50, epochs=15, validation_split=0.1, verbose=2)

routed = router.predict(x_test, verbose=0).argmax(-1)
print(f"FINAL_LOSS={past.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{(routed == y_test).mean():.4f}")
