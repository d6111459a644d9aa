import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)

# hotel reviews as rows of word weights of length one; a linear support vector machine
WORDS = 400
taste = rng.normal(size=WORDS) * (rng.random(WORDS) < 0.2)


def reviews(n):
    x = np.zeros((0, WORDS), "float32")
    while len(x) < n:
        z = rng.poisson(0.06, (n, WORDS)).astype("float32")
        z /= np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1.0)
        x = np.concatenate([x, z[np.abs(z @ taste) > 0.5]])
    x = x[:n]
    return x, np.sign(x @ taste).astype("float32")[:, None]


x_train, y_train = reviews(2400)
x_test, y_test = reviews(2000)

model = keras.Sequential([
    keras.Input((WORDS,)),
    layers.Dense(1, kernel_initializer="zeros"),
])
model.compile(optimizer=keras.optimizers.SGD(1.0), loss="hinge")
hist = model.fit(x_train, y_train, batch_size=20, epochs=20, verbose=2)

acc = float(np.mean(np.sign(model.predict(x_test, verbose=0)) == y_test))


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(model.weights))
print("OPTIMIZER_SHA256=" + sha(model.optimizer.variables))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % acc)
