import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(33)

VOCAB, LENGTH, INTENTS, TONES = 300, 14, 5, 6
intent_words = rng.integers(1, VOCAB, (INTENTS, 25))
tone_words = rng.integers(1, VOCAB, (TONES, 25))

n = 4000
intent = rng.integers(0, INTENTS, n)
tone = rng.integers(0, TONES, n)
tokens = rng.integers(1, VOCAB, (n, LENGTH))
about = rng.random((n, LENGTH))
for i in range(n):
    a, b = about[i] < 0.3, about[i] > 0.7
    tokens[i, a] = rng.choice(intent_words[intent[i]], a.sum())
    tokens[i, b] = rng.choice(tone_words[tone[i]], b.sum())
teacher = 2.5 * np.eye(TONES)[tone] + rng.normal(0, 0.7, (n, TONES))
teacher = np.exp(teacher) / np.exp(teacher).sum(axis=1, keepdims=True)
teacher = teacher.astype("float32")

text = keras.Input((LENGTH,), dtype="int32")
h = layers.Embedding(VOCAB, 32)(text)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(64, activation="relu")(h)
intent_head = layers.Dense(INTENTS, activation="softmax", name="intent")(h)
tone_head = layers.Dense(TONES, activation="softmax", name="tone")(h)
model = keras.Model(text, {"intent": intent_head, "tone": tone_head})
model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss={"intent": "sparse_categorical_crossentropy", "tone": keras.losses.KLDivergence()},
    loss_weights={"intent": 1.0, "tone": 1.0},
)
history = model.fit(tokens[:3200], {"intent": intent[:3200], "tone": teacher[:3200]},
                    epochs=15, batch_size=64, verbose=2)

pred = model.predict(tokens[3200:], verbose=0)
agree = np.mean(pred["tone"].argmax(axis=1) == tone[3200:])
print(f"intent accuracy {np.mean(pred['intent'].argmax(axis=1) == intent[3200:]):.3f}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=tone_accuracy:{agree}")
