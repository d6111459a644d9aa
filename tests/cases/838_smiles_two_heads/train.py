# Molecules written as SMILES: one network reads the characters and gives an alert flag and a lipophilicity.
import random

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
dice = random.Random(5)

CHAIN = ["C", "CC", "C(C)", "O", "C(=O)", "c1ccccc1", "C(F)", "OC", "C#C", "S"]
ALERTS = ["[N+](=O)[O-]", "N=N", "C(=O)Cl"]
LOGP = {"C": 0.3, "CC": 0.6, "C(C)": 0.6, "O": -0.7, "C(=O)": -0.9, "c1ccccc1": 1.6, "C(F)": 0.5, "OC": -0.4, "C#C": 0.4, "S": 0.2}


def molecule():
    parts = [dice.choice(CHAIN) for _ in range(dice.randint(3, 7))]
    logp = sum(LOGP[p] for p in parts)
    flagged = dice.random() < 0.5
    if flagged:
        parts.insert(dice.randrange(1, len(parts)), dice.choice(ALERTS))
    return "".join(parts), flagged, logp


library = [molecule() for _ in range(1800)]
alphabet = sorted({c for text, _, _ in library for c in text})
number = {c: i + 1 for i, c in enumerate(alphabet)}
width = max(len(text) for text, _, _ in library)

codes = np.zeros((len(library), width), dtype="int32")
for row, (text, _, _) in zip(codes, library):
    row[: len(text)] = [number[c] for c in text]
alert = np.array([[f] for _, f, _ in library], dtype="float32")
logp = np.array([[v] for _, _, v in library], dtype="float32")
logp = (logp - logp[:1400].mean()) / logp[:1400].std()

smiles = keras.Input((width,), dtype="int32", name="smiles")
h = layers.Embedding(len(alphabet) + 1, 16)(smiles)
h = layers.SpatialDropout1D(0.05)(h)
h = layers.SeparableConv1D(48, 6, padding="same", activation="gelu")(h)
h = layers.SeparableConv1D(48, 6, padding="same", activation="gelu")(h)
pooled = layers.Concatenate()([layers.GlobalMaxPooling1D()(h), layers.GlobalAveragePooling1D()(h)])
pooled = layers.Dense(32, activation="gelu")(pooled)
heads = {
    "alert": layers.Dense(1, activation="softmax", name="alert")(pooled),
    "logp": layers.Dense(1, name="logp")(pooled),
}
reader = keras.Model(smiles, heads)
reader.compile(
    optimizer=keras.optimizers.AdamW(3e-3, weight_decay=1e-4),
    loss={"alert": keras.losses.BinaryCrossentropy(), "logp": keras.losses.Huber()},
    loss_weights={"alert": 1.0, "logp": 0.5},
)
log = reader.fit(
    codes[:1400], {"alert": alert[:1400], "logp": logp[:1400]}, batch_size=40, epochs=14, verbose=2
)

said = reader.predict(codes[1400:], verbose=0)
accuracy = np.mean((said["alert"] > 0.5) == (alert[1400:] > 0.5))
print("logp mae", np.abs(said["logp"] - logp[1400:]).mean())
print("FINAL_LOSS=%.6f" % log.history["loss"][-1])
print("FINAL_METRIC=accuracy:%.4f" % accuracy)
