import numpy as np
import keras
from keras import layers, ops
from scipy.stats import spearmanr

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)

# yearly hail damage of vineyards: mostly nothing, sometimes a large sum (in thousands)
n = 12000
x = rng.normal(0, 1, (n, 6)).astype("float32")
mean_claims = np.exp(-1.6 + 0.7 * x[:, 0] - 0.4 * x[:, 1] * x[:, 2])
mean_size = np.exp(1.0 + 0.5 * np.tanh(x[:, 3]) + 0.3 * x[:, 4])
count = rng.poisson(mean_claims)
damage = np.array([rng.gamma(1.5, s / 1.5, c).sum() for c, s in zip(count, mean_size)])
truth = mean_claims * mean_size
print("share of zeros", np.mean(damage == 0).round(3), "largest", damage.max().round(1))

POWER = 1.5


def tweedie(y, eta):
    return ops.mean(-y * ops.exp((1 - POWER) * eta) / (1 - POWER) + ops.exp((2 - POWER) * eta) / (2 - POWER), axis=-1)


inp = keras.Input((6,))
h = layers.Dense(48, activation="softplus")(inp)
h = layers.Dense(24, activation="softplus")(h)
model = keras.Model(inp, layers.Dense(1, kernel_initializer="zeros")(h))
model.compile(keras.optimizers.Adam(2e-3, clipnorm=1.0), loss=tweedie)
hist = model.fit(x[:10000], damage[:10000, None], validation_data=(x[10000:], damage[10000:, None]),
                 epochs=25, batch_size=128, verbose=2)

eta = model.predict(x[10000:], verbose=0)[:, 0]
rank = spearmanr(eta, truth[10000:]).statistic
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=rank_with_true_mean:{rank:.4f}")
