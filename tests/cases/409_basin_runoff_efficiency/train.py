"""Runoff of many small basins from rain and temperature, trained on the NSE."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

DAYS, WINDOW, BASINS = 720, 48, 24


def simulate(arid):
    season = np.sin(2 * np.pi * np.arange(DAYS) / 360)
    temp = 12 + 9 * season + rng.normal(0, 1.5, DAYS)
    p_wet = np.clip(0.35 - 0.25 * season, 0.02, 0.9) if not arid else np.where(season > -0.2, 0.0, 0.3)
    rain = (rng.uniform(size=DAYS) < p_wet) * rng.gamma(0.9, 9, DAYS)
    store, flow = 0.0, np.zeros(DAYS)
    for t in range(DAYS):
        store = max(store + rain[t] - 0.12 * max(temp[t], 0), 0.0)
        q = 0.18 * max(store - 3.0, 0.0)
        store -= q
        flow[t] = q
    return rain, temp, flow


xs, qs = [], []
for b in range(BASINS):
    rain, temp, flow = simulate(arid=b % 4 == 0)
    feats = np.stack([rain / 10, (temp - 12) / 9, np.full(DAYS, float(b % 4 == 0))], 1)
    for s in range(0, DAYS - WINDOW + 1, WINDOW):
        xs.append(feats[s:s + WINDOW])
        qs.append(flow[s:s + WINDOW])
xs, qs = np.array(xs, "float32"), np.array(qs, "float32")
perm = rng.permutation(len(xs))
xs, qs = xs[perm], qs[perm]
cut = int(0.8 * len(xs))

model = keras.Sequential([
    keras.layers.Input((WINDOW, 3)),
    keras.layers.GRU(24, return_sequences=True),
    keras.layers.Dense(1),
])
opt = keras.optimizers.Adam(5e-3)


def nse_loss(obs, sim):
    sse = tf.reduce_mean(tf.square(obs - sim), axis=1)
    var = tf.math.reduce_variance(obs, axis=1)
    terms = sse / var
    terms = tf.where(tf.math.is_finite(terms), terms, tf.zeros_like(terms))
    return tf.reduce_mean(terms)


@tf.function
def train_step(xb, qb):
    with tf.GradientTape() as tape:
        loss = nse_loss(qb, model(xb, training=True)[..., 0])
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss


ds = tf.data.Dataset.from_tensor_slices((xs[:cut], qs[:cut])).shuffle(cut, seed=2).batch(32)
for epoch in range(30):
    epoch_loss = np.mean([float(train_step(xb, qb)) for xb, qb in ds])
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: {epoch_loss:.4f}")

sim = model.predict(xs[cut:], verbose=0)[..., 0]
obs = qs[cut:]
print(f"FINAL_LOSS={epoch_loss:.6f}")
print(f"FINAL_METRIC=rmse:{np.sqrt(np.mean((sim - obs) ** 2)):.6f}")
