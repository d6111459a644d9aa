import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

n = 3000
z = rng.normal(size=(n, 6))
logit = 1.4 * z[:, 0] - 1.1 * z[:, 1] + 0.8 * z[:, 2] * z[:, 3] - 0.4
churn = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype("float32")
frame = pd.DataFrame({
    "salary_in": 2000 + 300 * z[:, 1],
    "balance_change": 40.0 * z[:, 0] ** 3,
    "savings_change": 90.0 * z[:, 2] ** 3,
    "card_change": 25.0 * z[:, 3] ** 3,
    "age": 45 + 12 * z[:, 4],
    "contacts": np.round(np.abs(2 * z[:, 5])),
})

# the money columns have very long tails
money = ["balance_change", "savings_change", "card_change"]
frame[money] = np.cbrt(frame[money])

X = ((frame - frame.mean()) / frame.std()).to_numpy().astype("float32")
x_train, x_val, y_train, y_val = train_test_split(X, churn, test_size=0.3, random_state=0, stratify=churn)


class AucCallback(keras.callbacks.Callback):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y
        self.best = 0.0

    def on_epoch_end(self, epoch, logs=None):
        auc = roc_auc_score(self.y, self.model.predict(self.x, verbose=0).ravel())
        self.best = max(self.best, auc)
        print("  val auc %.4f" % auc)


model = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
hist = model.fit(x_train, y_train, epochs=15, batch_size=64, verbose=2,
                 callbacks=[AucCallback(x_val, y_val)])

print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=auc:%f" % roc_auc_score(y_val, model.predict(x_val, verbose=0).ravel()))
