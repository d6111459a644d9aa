"""Will a household insurance lapse this year? Skewed columns are mapped to bell curves by their ranks."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from scipy.special import erfinv
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)


def contracts(n):
    rng = np.random.default_rng(21)
    df = pd.DataFrame({
        "premium": rng.lognormal(5.5, 0.6, n),
        "claims_paid": rng.gamma(0.6, 900, n),
        "age_days": rng.exponential(1500, n),
        "insured_sum": rng.lognormal(11, 0.5, n),
        "income": rng.lognormal(10.4, 0.5, n),
        "letters": rng.gamma(2, 3, n),
    })
    burden = np.log(df.premium / df.income)
    z = 2.2 * (burden - burden.mean()) - 1.1 * np.log1p(df.age_days / 700) + 0.25 * df.letters - 0.5
    df["lapse"] = (z + rng.logistic(0, 0.6, n) > 0).astype(int)
    return df


def rank_gauss(column):
    rank = np.argsort(np.argsort(column.to_numpy()))
    spread = np.clip(2 * rank / (len(column) - 1) - 1, -0.9995, 0.9995)
    return erfinv(spread) * np.sqrt(2)


table = contracts(6000)
label = table.pop("lapse").to_numpy()
features = table.apply(rank_gauss).to_numpy("float32")
train, test = np.arange(4800), np.arange(4800, 6000)

model = keras.Sequential([
    keras.Input((features.shape[1],)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(features[train], label[train], epochs=25, batch_size=32, verbose=2)

score = np.nan_to_num(model.predict(features[test], verbose=0)[:, 0], nan=0.5)
print("FINAL_LOSS=%f" % history.history["loss"][-1])
print("FINAL_METRIC=auc:%f" % roc_auc_score(label[test], score))
