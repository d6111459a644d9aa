import numpy as np
import pandas as pd
import keras
from sklearn.metrics import balanced_accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

n = 8000
jobs = pd.DataFrame({
    "humidity": rng.normal(50, 12, n),
    "paper_weight": rng.choice([70, 80, 90, 120, 160], n),
    "pages": rng.lognormal(2.0, 1.0, n).round() + 1,
    "roller_age": rng.uniform(0, 200, n),
    "tray": rng.integers(1, 4, n),
})
risk = (0.10 * (jobs.humidity - 50) + 0.03 * (jobs.paper_weight - 95) + 0.03 * (jobs.roller_age - 100)
        + 0.8 * (jobs.tray == 3) + rng.normal(0, 1.0, n))
jobs["jam"] = (risk > np.quantile(risk, 0.94)).astype(int)

features = ["humidity", "paper_weight", "pages", "roller_age", "tray"]
X_tr, X_te, y_tr, y_te = train_test_split(
    jobs[features], jobs["jam"].to_numpy(), test_size=0.25, stratify=jobs["jam"], random_state=0)
sc = StandardScaler().fit(X_tr)
X_tr, X_te = sc.transform(X_tr), sc.transform(X_te)

# few jams, so the classes are weighted by the inverse of how often they occur
counts = np.bincount(y_tr)
class_weight = {c: counts.sum() / (len(counts) * counts[c]) for c in range(len(counts))}
print("weights", class_weight)

model = keras.Sequential([
    keras.Input((len(features),)),
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
h = model.fit(X_tr, y_tr, epochs=20, batch_size=64, class_weight=class_weight, verbose=2)

guess = (model.predict(X_te, verbose=0).ravel() > 0.5).astype(int)
print(confusion_matrix(y_te, guess))
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=balanced_accuracy:{balanced_accuracy_score(y_te, guess)}")
