import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(308)

n, columns = 3000, 11
chem = rng.normal(size=(n, columns))
body = 1.2 * chem[:, 10] - 0.8 * chem[:, 1] + 0.5 * chem[:, 9] + 0.4 * chem[:, 0] * chem[:, 8]
edges = np.quantile(body, [0.03, 0.12, 0.42, 0.74, 0.93])
quality = 3 + np.digitize(body, edges)
scores = np.unique(quality)
print("scores", scores, "counts", np.bincount(quality)[3:])

chem = chem.astype("float32")
train_x, test_x = chem[:2400], chem[2400:]
train_q, test_q = quality[:2400], quality[2400:]


def encode(x, q):
    return x, tf.one_hot(q, depth=len(scores))


train = tf.data.Dataset.from_tensor_slices((train_x, train_q))
train = train.shuffle(2400, seed=1).map(encode).batch(48)

model = keras.Sequential([
    keras.Input((columns,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(len(scores), activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, epochs=25, verbose=2)

best = model.predict(test_x, verbose=0).argmax(1)
acc = np.mean(scores[best] == test_q)
print("predicted scores", np.bincount(scores[best], minlength=9)[3:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
