# Party choice from a survey with design weights (inverse inclusion probabilities).
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

X, y = make_classification(n_samples=4000, n_features=20, n_informative=10, n_classes=4,
                           n_clusters_per_class=1, class_sep=1.6, random_state=4)
inclusion = np.clip(0.15 + 0.5 / (1 + np.exp(-X[:, 0])) + rng.normal(0, 0.05, len(X)), 0.05, 1.0)
design = 1.0 / inclusion

X_tr, X_te, y_tr, y_te, d_tr, d_te = train_test_split(
    X, y, design, test_size=0.25, stratify=y, random_state=0)
scaler = StandardScaler().fit(X_tr)
X_tr, X_te = scaler.transform(X_tr), scaler.transform(X_te)

weights = d_tr / d_tr.mean()

model = keras.Sequential([
    layers.Input((20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(X_tr, y_tr, sample_weight=weights, batch_size=32, epochs=20,
                    validation_split=0.1, verbose=2)

hit = model.predict(X_te, verbose=0).argmax(1) == y_te
print(f"FINAL_LOSS={history.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=weighted_accuracy:{np.average(hit, weights=d_te):.6f}")
