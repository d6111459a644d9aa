import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)

VOCAB, TOPICS, DIM = 400, 20, 100
topic_of = np.arange(VOCAB) % TOPICS
members = [np.where(topic_of == t)[0] for t in range(TOPICS)]
centers, contexts = [], []
for _ in range(2500):
    topic = rng.integers(TOPICS)
    words = np.where(rng.random(12) < 0.75, rng.choice(members[topic], 12), rng.integers(0, VOCAB, 12))
    for i, word in enumerate(words):
        for j in (i - 1, i + 1):
            if 0 <= j < len(words):
                centers.append(word)
                contexts.append(words[j])
centers, contexts = np.array(centers), np.array(contexts)

negatives = 3
center = np.repeat(centers, 1 + negatives)
context = np.stack([contexts] + [rng.integers(0, VOCAB, len(contexts)) for _ in range(negatives)], axis=1).ravel()
label = np.tile(np.array([1.0] + [0.0] * negatives, "float32"), len(centers))

word = keras.Input((), dtype="int32")
near = keras.Input((), dtype="int32")
word_table = layers.Embedding(VOCAB, DIM, embeddings_initializer=keras.initializers.RandomUniform(-0.5 / DIM, 0.5 / DIM))
near_table = layers.Embedding(VOCAB, DIM, embeddings_initializer=keras.initializers.RandomUniform(-0.5 / DIM, 0.5 / DIM))
match = layers.Dot(axes=1)([word_table(word), near_table(near)])
model = keras.Model([word, near], layers.Activation("sigmoid")(match))
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
history = model.fit([center, context], label, epochs=4, batch_size=512, verbose=2)

vectors = word_table.get_weights()[0]
vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
similar = vectors @ vectors.T
np.fill_diagonal(similar, -2)
top = np.argsort(-similar, axis=1)[:, :5]
precision = np.mean(topic_of[top] == topic_of[:, None])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=precision_at_5:{precision}")
