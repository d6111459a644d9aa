"""Deflection (metres) and failure of timber beams; two outputs of very different scale."""
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(43)


def beams(n):
    length = rng.uniform(2.0, 5.0, n)
    width = rng.uniform(0.06, 0.12, n)
    depth = rng.uniform(0.16, 0.28, n)
    load = rng.uniform(200, 1500, n)
    stiffness = rng.normal(11e9, 1e9, n)
    bend = 5 * load * length ** 4 / (384 * stiffness * width * depth ** 3 / 12)
    stress = load * length ** 2 / 8 / (width * depth ** 2 / 6) / 1e6
    broken = (stress + rng.normal(0, 0.15, n) > 4.0).astype("float32")
    bend = bend * (1 + rng.normal(0, 0.03, n))
    x = np.column_stack([np.log(length), np.log(width), np.log(depth), np.log(load),
                         np.log(stiffness / 1e9)])
    return x.astype("float32"), bend.astype("float32"), broken


x, bend, broken = beams(4000)
x_test, bend_test, broken_test = beams(1000)
scale = layers.Normalization()
scale.adapt(x)

inp = keras.Input((5,))
h = scale(inp)
h = layers.Dense(64, activation="swish")(h)
h = layers.Dense(64, activation="swish")(h)
out_bend = layers.Dense(1, name="bend", kernel_initializer=keras.initializers.RandomNormal(stddev=1e-4))(h)
out_broken = layers.Dense(1, activation="sigmoid", name="broken")(h)
model = keras.Model(inp, {"bend": out_bend, "broken": out_broken})
steps = 40 * 40
model.compile(
    optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps), clipnorm=1.0),
    loss={"bend": "mse", "broken": "binary_crossentropy"},
    loss_weights={"bend": 1e6, "broken": 1.0},
)
hist = model.fit(x, {"bend": bend, "broken": broken}, epochs=40, batch_size=100, verbose=2)

guess = model.predict(x_test, verbose=0)["bend"][:, 0]
r2 = float(1 - np.mean((bend_test - guess) ** 2) / np.var(bend_test))


def digest(values):
    h = hashlib.sha256()
    for v in values:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
