# Claim frequency for motor policies: most policies have no claim in a year.
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(40)

n = 30000
age = rng.uniform(18, 85, n)
bonus = rng.beta(2, 3, n)
power = rng.integers(4, 13, n)
urban = rng.integers(0, 2, n)
exposure = rng.uniform(0.1, 1.0, n)
rate = np.exp(-2.6 + 0.0011 * (age - 48) ** 2 + 1.4 * bonus + 0.05 * power + 0.35 * urban)
claims = rng.poisson(rate * exposure)

X = np.column_stack([(age - 50) / 20, ((age - 50) / 20) ** 2, bonus, (power - 8) / 3, urban]).astype("float32")
offset = np.log(exposure).astype("float32")[:, None]
cnt = claims.astype("float32")[:, None]

feat = keras.Input((5,), name="feat")
off = keras.Input((1,), name="log_exposure")
h = keras.layers.Dense(16, activation="tanh")(feat)
log_rate = keras.layers.Dense(1, name="log_rate")(h)
model = keras.Model([feat, off], keras.layers.Add()([log_rate, off]))


def poisson_nll(y, log_mu):
    return tf.reduce_mean(tf.nn.log_poisson_loss(y, log_mu))


model.compile(optimizer=keras.optimizers.Adagrad(0.1), loss=poisson_nll)
h = model.fit([X[:24000], offset[:24000]], cnt[:24000], batch_size=512, epochs=20,
              validation_data=([X[24000:], offset[24000:]], cnt[24000:]), verbose=2)

zero = np.zeros((6000, 1), "float32")
found = model.predict([X[24000:], zero], verbose=0)[:, 0]
corr = np.corrcoef(found, np.log(rate[24000:]))[0, 1]
print("FINAL_LOSS=%.6f" % h.history["loss"][-1])
print("FINAL_METRIC=corr_log_rate:%.4f" % corr)
