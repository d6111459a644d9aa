# Token tagging of short log lines in a long padded window; only every third real token carries a label.
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


rs = np.random.RandomState(2)
WINDOW, VOCAB, TAGS = 60, 40, 4


def lines(n):
    x = np.zeros((n, WINDOW), "int32")
    y = np.zeros((n, WINDOW), "int32")
    w = np.zeros((n, WINDOW), "float32")
    for i in range(n):
        m = rs.randint(4, 9)
        t = rs.randint(1, VOCAB + 1, m)
        prev = np.r_[1, t[:-1]]
        x[i, :m] = t
        y[i, :m] = (t % 2) + 2 * (prev % 2)
        w[i, :m] = rs.rand(m) < 0.33
    return x, y, w


train = tf.data.Dataset.from_tensor_slices(lines(2500)).shuffle(2500, seed=1).batch(50)
x_t, y_t, _ = lines(500)

tokens = keras.Input((WINDOW,), dtype="int32")
e = layers.Embedding(VOCAB + 1, 24)(tokens)
h = layers.Conv1D(64, 3, padding="causal", activation="elu")(e)
h = layers.LayerNormalization()(h)
h = layers.Conv1D(64, 1, activation="elu")(h)
out = layers.Dense(TAGS)(h)
model = keras.Model(tokens, out)
cosine = keras.optimizers.schedules.CosineDecayRestarts(0.6, first_decay_steps=250)
model.compile(optimizer=keras.optimizers.SGD(cosine, momentum=0.9, nesterov=True),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
hist = model.fit(train, epochs=15, verbose=2)

pred = model.predict(x_t, verbose=0).argmax(-1)
acc = float((pred == y_t)[x_t > 0].mean())
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=token_accuracy:{acc:.6f}")
