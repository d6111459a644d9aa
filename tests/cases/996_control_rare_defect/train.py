"""Rare casting defects (about 2 %) from process parameters; batches come from tf.data with weights."""
import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(64)

n = 40000
x = rng.normal(size=(n, 10)).astype("float32")
score = 1.6 * x[:, 0] * x[:, 1] + 1.4 * np.abs(x[:, 2]) + 1.2 * x[:, 3] - 7.2
y = (rng.random(n) < 1 / (1 + np.exp(-score))).astype("float32")
print("share of defects:", y.mean())
cut = 32000
pos = y[:cut].mean()
w = np.where(y == 1, 0.5 / pos, 0.5 / (1 - pos)).astype("float32")

ds = (tf.data.Dataset.from_tensor_slices((x[:cut], y[:cut, None], w[:cut]))
      .shuffle(cut, seed=2).batch(256).prefetch(2))

net = keras.Sequential([
    keras.Input((10,)),
    keras.layers.Dense(64, activation="elu", kernel_regularizer=keras.regularizers.L2(3e-4)),
    keras.layers.BatchNormalization(),
    keras.layers.Dropout(0.2),
    keras.layers.Dense(32, activation="elu", kernel_regularizer=keras.regularizers.L2(3e-4)),
    keras.layers.Dense(1),
])
net.compile(
    optimizer=keras.optimizers.RMSprop(2e-3, momentum=0.5),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
)
log = net.fit(ds, epochs=25, verbose=2)

auc = roc_auc_score(y[cut:], net.predict(x[cut:], verbose=0, batch_size=1024)[:, 0])
print("FINAL_LOSS=%s" % log.history["loss"][-1])
print("FINAL_METRIC=auc:%s" % auc)
