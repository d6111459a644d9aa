"""Breast cancer classifier with a focal loss."""
import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import matthews_corrcoef
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

data = load_breast_cancer()
malignant = (data.target == 0).astype("float32")
X_tr, X_te, y_tr, y_te = train_test_split(
    data.data, malignant, test_size=0.3, random_state=1, stratify=malignant)
scaler = StandardScaler().fit(X_tr)
X_tr = scaler.transform(X_tr).astype("float32")
X_te = scaler.transform(X_te).astype("float32")


class FocalLoss(keras.losses.Loss):
    def __init__(self, gamma=2.0, alpha=0.4, name="focal"):
        super().__init__(name=name)
        self.gamma = gamma
        self.alpha = alpha

    def call(self, y_true, y_pred):
        p = ops.clip(y_pred, 1e-6, 1 - 1e-6)
        p_t = y_true * p + (1 - y_true) * (1 - p)
        a_t = y_true * self.alpha + (1 - y_true) * (1 - self.alpha)
        return -ops.mean(a_t * (1 - p_t) ** self.gamma * ops.log(p_t), axis=-1)


model = keras.Sequential([
    keras.Input((X_tr.shape[1],)),
    layers.Dense(24, activation="relu"),
    layers.Dropout(0.1),
    layers.Dense(12, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=FocalLoss())
hist = model.fit(X_tr, y_tr, batch_size=32, epochs=40, verbose=0)

print("first/last loss:", hist.history["loss"][0], hist.history["loss"][-1])
pred = (model.predict(X_te, verbose=0)[:, 0] > 0.5).astype("float32")
print("accuracy:", float(np.mean(pred == y_te)))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=matthews:{matthews_corrcoef(y_te, pred):.4f}")
