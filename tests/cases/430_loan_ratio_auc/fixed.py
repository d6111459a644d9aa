import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)

n = 3000
df = pd.DataFrame({
    "age": rng.integers(19, 75, n),
    "income": np.round(rng.lognormal(7.6, 0.5, n)),
    "debt": np.round(rng.lognormal(8.0, 0.9, n)),
    "cards": rng.poisson(2.2, n),
})
df.loc[rng.random(n) < 0.02, "income"] = 0.0
risk = 0.9 * np.log(df.debt / (df.income + 500)) + 0.25 * df.cards - 0.02 * (df.age - 40) - 1.2
df["default"] = (rng.random(n) < 1 / (1 + np.exp(-1.5 * risk))).astype(int)

df["debt_ratio"] = df["debt"] / (df["income"] + 500)
df["debt_per_card"] = df["debt"] / (df["cards"] + 1)
cols = ["age", "income", "debt", "cards", "debt_ratio", "debt_per_card"]
x = df[cols].to_numpy("float32")
y = df["default"].to_numpy()
mean, std = x[:2200].mean(0), x[:2200].std(0)
x = (x - mean) / std
xtr, xva, ytr, yva = x[:2200], x[2200:], y[:2200], y[2200:]


class AucCallback(keras.callbacks.Callback):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y
        self.auc = None

    def on_epoch_end(self, epoch, logs=None):
        p = self.model.predict(self.x, verbose=0).ravel()
        self.auc = roc_auc_score(self.y, p)
        print(f" val_auc {self.auc:.4f}")


model = keras.Sequential([
    keras.Input((len(cols),)),
    layers.Dense(32, activation="tanh"),
    layers.Dropout(0.2),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
auc = AucCallback(xva, yva)
hist = model.fit(xtr, ytr, epochs=15, batch_size=64, verbose=2, callbacks=[auc])

print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=auc:{auc.auc:.4f}")
