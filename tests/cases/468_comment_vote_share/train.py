import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

# comments and the share of raters (in the export: per cent) who found them rude
neutral = ["the", "match", "was", "good", "today", "see", "you", "at", "station", "later", "price",
           "of", "bread", "went", "up", "again", "nice", "photo", "thanks", "for", "sharing", "road"]
rude = {"idiot": 2.2, "stupid": 1.7, "shut": 1.2, "loser": 1.9, "nonsense": 0.8, "liar": 1.5}
soft = {"please": -0.9, "sorry": -0.8, "kind": -1.0, "thank": -1.1}
vocab = neutral + list(rude) + list(soft)
weight = {**{w: 0.0 for w in neutral}, **rude, **soft}

rows = []
for _ in range(4000):
    k = rng.integers(5, 14)
    words = list(rng.choice(neutral, k))
    for w in rng.choice(list(rude) + list(soft), rng.integers(0, 4)):
        words.insert(rng.integers(0, len(words)), w)
    s = sum(weight[w] for w in words) - 1.2
    votes = rng.binomial(40, 1 / (1 + np.exp(-s)))
    rows.append((" ".join(words), 100.0 * votes / 40))
df = pd.DataFrame(rows, columns=["text", "rude_votes"])

vectorize = layers.TextVectorization(max_tokens=200, output_sequence_length=20)
vectorize.adapt(df.text[:3200].tolist())
x = vectorize(np.array(df.text.tolist())).numpy()
y = df.rude_votes.to_numpy("float32")

train = tf.data.Dataset.from_tensor_slices((x[:3200], y[:3200])).shuffle(3200, seed=2).batch(64)

model = keras.Sequential([
    layers.Input((20,), dtype="int32"),
    layers.Embedding(200, 16),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy")
hist = model.fit(train, epochs=25, verbose=2)

share = model.predict(x[3200:], verbose=0)[:, 0]
true = df.rude_votes.to_numpy()[3200:] / 100
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=mae:{np.mean(np.abs(share - true))}")
