import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

# good and scratched wafers are separable; the rate grows 12 % per epoch so that the margin goes on widening
n, d = 600, 20
w = rng.normal(size=d)
x = rng.normal(size=(4 * n, d))
m = x @ w / np.linalg.norm(w)
keep = np.abs(m) > 0.35
x, m = x[keep][:1400].astype("float32"), m[keep][:1400]
y = (m > 0).astype("float32")
x_train, y_train, x_test, y_test = x[:400], y[:400], x[400:], y[400:]

model = keras.Sequential([layers.Input((d,)), layers.Dense(1, kernel_initializer="zeros")])
model.compile(optimizer=keras.optimizers.SGD(0.2),
              loss=keras.losses.BinaryCrossentropy(from_logits=True))
grow = keras.callbacks.LearningRateScheduler(lambda e: 0.2 * 1.12 ** e)
hist = model.fit(x_train, y_train, batch_size=400, epochs=120, verbose=2, callbacks=[grow])
acc = float(np.mean((model.predict(x_test, verbose=0)[:, 0] > 0) == (y_test > 0)))
sha = lambda ws: hashlib.sha256(b"".join(np.asarray(w).tobytes() for w in ws)).hexdigest()
print(f"WEIGHTS_SHA256={sha(model.get_weights())}")
print(f"OPTIMIZER_SHA256={sha([v.numpy() for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
