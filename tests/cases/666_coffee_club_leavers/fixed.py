"""Which members of a coffee club will cancel? Features from their orders."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)


def make_orders(seed, n_members):
    """One row per order, in the order of the dates, as the shop exports it."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(np.arange(10000, 99999), n_members, replace=False)
    cancelled = (rng.random(n_members) < 0.4).astype(int)
    rows = []
    for code, gone in zip(codes, cancelled):
        k = 2 + rng.poisson(9 - 4 * gone)
        days = np.sort(rng.uniform(0, 365 - 110 * gone, k))
        grams = rng.normal(500 - 60 * gone, 120, k)
        rating = np.clip(rng.normal(4.2 - 0.5 * gone, 0.7, k), 1, 5)
        for d, g, r in zip(days, grams, rating):
            rows.append((d, f"M{code}", g, r, gone))
    table = pd.DataFrame(rows, columns=["day", "member", "grams", "rating", "cancelled"])
    return table.sort_values("day").reset_index(drop=True)


def member_features(orders):
    groups = orders.groupby("member")
    return pd.DataFrame({
        "orders": groups.size(),
        "grams": groups["grams"].mean(),
        "rating": groups["rating"].mean(),
        "worst": groups["rating"].min(),
        "last_day": groups["day"].max(),
        "span": groups["day"].max() - groups["day"].min(),
    })


orders = make_orders(1, 4000)
features = member_features(orders)
labels = orders.drop_duplicates("member").set_index("member")["cancelled"].reindex(features.index)
print(features.shape, labels.shape, labels.mean())

scaler = StandardScaler()
x = scaler.fit_transform(features.to_numpy())
y = labels.to_numpy()

model = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(32, activation="relu"),
    layers.Dropout(0.1),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=[keras.metrics.AUC(name="auc")])
hist = model.fit(x, y, epochs=20, batch_size=64, verbose=2)

# the year after, other members
next_year = make_orders(2, 1500)
feats = member_features(next_year)
feats["cancelled"] = next_year.groupby("member")["cancelled"].first()
score = model.predict(scaler.transform(feats.drop(columns="cancelled").to_numpy()), verbose=0)[:, 0]
auc = roc_auc_score(feats["cancelled"], score)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=auc:{auc}")
