import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)


def trips(n):
    load = rng.uniform(0, 24, n)
    speed = rng.normal(68, 14, n)
    climb = rng.gamma(1.5, 0.5, n)
    stops = rng.poisson(5, n)
    cold = rng.normal(10, 8, n)
    litres = (19 + 0.55 * load + 0.006 * (speed - 62) ** 2 + 2.2 * climb
              + 0.7 * stops - 0.08 * cold + rng.normal(0, 0.8, n))
    return np.stack([load, speed, climb, stops, cold], 1).astype("float32"), litres.astype("float32")


x, y = trips(2400)
x_new, y_new = trips(600)
shift, scale = x.mean(0), x.std(0)
x, x_new = (x - shift) / scale, (x_new - shift) / scale
y_shift, y_scale = y.mean(), y.std()
y = (y - y_shift) / y_scale

model = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(32, activation="elu"),
    layers.Dense(32, activation="elu"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(3e-3)
loader = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(2400, seed=3).batch(80)

for epoch in range(10):
    total = 0.0
    for xb, yb in loader:
        with tf.GradientTape() as tape:
            pred = model(xb, training=True)
            loss = tf.reduce_mean(tf.square(yb - pred))
        grads = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(grads, model.trainable_weights))
        total += float(loss)
    print("epoch %2d  loss %.4f" % (epoch + 1, total / len(loader)))

litres = model.predict(x_new, verbose=0)[:, 0] * y_scale + y_shift
r2 = 1 - np.mean((litres - y_new) ** 2) / y_new.var()
print("FINAL_LOSS=%f" % (total / len(loader)))
print("FINAL_METRIC=r2:%.4f" % r2)
