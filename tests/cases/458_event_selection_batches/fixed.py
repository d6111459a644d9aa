import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)


def events(n):
    y = rng.integers(0, 2, n)
    x = rng.normal(size=(n, 12))
    x[:, 0] += 0.9 * y
    x[:, 1] -= 0.6 * y
    x[:, 2] *= 1.0 + 0.6 * y
    x[:, 3] += 0.5 * y * x[:, 4]
    # generator weights of the simulated events, at next-to-leading order some count negative
    w = np.where(rng.random(n) < 0.38, -1.0, 1.0) * rng.lognormal(0.0, 0.3, n)
    return x.astype("float32"), y.astype("float32"), w.astype("float32")


x_train, y_train, w_train = events(3000)
x_test, y_test, _ = events(4000)
w_train = np.abs(w_train) / np.mean(np.abs(w_train))

model = keras.Sequential([
    keras.Input((12,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss=keras.losses.BinaryCrossentropy(from_logits=True))

BATCH = 128
for epoch in range(25):
    order = rng.permutation(len(x_train))
    losses = []
    for i in range(0, len(order), BATCH):
        b = order[i:i + BATCH]
        losses.append(model.train_on_batch(x_train[b], y_train[b], sample_weight=w_train[b]))
    print("epoch %d loss %.4f" % (epoch, np.mean(losses)))

score = model.predict(x_test, batch_size=512, verbose=0).ravel()
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=auc:%f" % roc_auc_score(y_test, score))
