# Find faint stars in noisy sky cut-outs: one probability per pixel; stars are rare, so start from the prior (RetinaNet).
import numpy as np
import keras
from keras import layers
from sklearn.metrics import average_precision_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)
SIZE = 24
grid = np.arange(SIZE)


def sky(n):
    x = rng.normal(0.2, 0.1, (n, SIZE, SIZE))
    mask = np.zeros((n, SIZE, SIZE))
    for i in range(n):
        for _ in range(rng.integers(1, 6)):
            r, c = rng.integers(2, SIZE - 2, 2)
            spot = np.exp(-0.5 * ((grid[:, None] - r) ** 2 + (grid[None] - c) ** 2) / 0.9)
            x[i] += rng.uniform(0.4, 1.0) * spot
            mask[i, r, c] = 1
    return x[..., None].astype("float32"), mask[..., None].astype("float32")


x_train, m_train = sky(900)
x_test, m_test = sky(200)

share = 0.01
prior = keras.initializers.Constant(-np.log((1 - share) / share))


def conv(filters, size, activation):
    return layers.Conv2D(filters, size, padding="same", activation=activation, bias_initializer=prior)


model = keras.Sequential([
    keras.Input((SIZE, SIZE, 1)),
    conv(16, 5, "relu"),
    conv(16, 3, "relu"),
    conv(1, 1, "sigmoid"),
])
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.BinaryFocalCrossentropy(gamma=1.0),
)
history = model.fit(x_train, m_train, batch_size=30, epochs=10, validation_split=0.1, verbose=2)

p = model.predict(x_test, verbose=0)
ap = average_precision_score(m_test.ravel(), np.nan_to_num(p.ravel()))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=average_precision:{ap}")
