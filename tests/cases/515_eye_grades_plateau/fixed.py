"""Five grades of a disease of the eye from 40 numbers of a picture and 6 of the patient.
The rate is cut whenever the agreement with the doctors stops getting better."""
import keras
import numpy as np
from keras import layers
from sklearn.metrics import cohen_kappa_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

n = 3000
picture = rng.normal(size=(n, 40)).astype("float32")
patient = rng.normal(size=(n, 6)).astype("float32")
w = rng.normal(size=(40, 8)) / np.sqrt(40)
v = rng.normal(size=(6, 8)) / np.sqrt(6)
severity = np.tanh(picture @ w + patient @ v).sum(axis=1) + 0.2 * rng.normal(size=n)
cuts = np.quantile(severity, [0.2, 0.4, 0.6, 0.8])
grade = np.digitize(severity, cuts)
train, valid, test = np.arange(0, 2000), np.arange(2000, 2400), np.arange(2400, n)


class Agreement(keras.callbacks.Callback):
    """Adds the quadratic kappa on the validation patients to the logs."""

    def on_epoch_end(self, epoch, logs=None):
        guess = self.model.predict([picture[valid], patient[valid]], verbose=0).argmax(1)
        logs["val_kappa"] = cohen_kappa_score(grade[valid], guess, weights="quadratic")


a = keras.Input((40,))
b = keras.Input((6,))
h = layers.Concatenate()([layers.Dense(64, activation="tanh")(a), layers.Dense(16, activation="tanh")(b)])
h = layers.Dense(64, activation="tanh")(h)
out = layers.Dense(5, activation="softmax")(h)
net = keras.Model([a, b], out)
net.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.5), loss="sparse_categorical_crossentropy")

plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_kappa", mode="max", factor=0.1, patience=2, min_lr=1e-7)
history = net.fit([picture[train], patient[train]], grade[train], batch_size=64, epochs=40,
                  verbose=0, callbacks=[Agreement(), plateau])
for epoch in range(0, 40, 8):
    print(epoch, {k: round(float(x[epoch]), 7) for k, x in history.history.items()})

guess = net.predict([picture[test], patient[test]], verbose=0).argmax(1)
kappa = cohen_kappa_score(grade[test], guess, weights="quadratic")
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=kappa:{float(kappa):.6f}")
