"""Cox partial likelihood with a small network: follow-up of patients, four in five still under
observation when the study ends. Whole cohort in each step."""
import hashlib
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


rng = np.random.default_rng(4)
n = 3000
x = rng.normal(size=(n, 8)).astype("float32")
risk = 0.9 * x[:, 0] - 0.7 * x[:, 1] + 0.6 * x[:, 2] * x[:, 3]
event_t = rng.exponential(1.0, n) * np.exp(-risk) * 400
cens_t = rng.uniform(5, 110, n)
time = np.minimum(event_t, cens_t)
event = (event_t <= cens_t).astype("float32")
print("events", event.mean())
train, test = np.arange(2200), np.arange(2200, n)
order = train[np.argsort(-time[train])]
xb = tf.constant(x[order])
eb = tf.constant(event[order])

net = keras.Sequential([keras.Input((8,)),
                        keras.layers.Dense(32, activation="gelu", kernel_regularizer=keras.regularizers.L2(1e-4)),
                        keras.layers.Dense(16, activation="gelu", kernel_regularizer=keras.regularizers.L2(1e-4)),
                        keras.layers.Dense(1, use_bias=False)])
opt = keras.optimizers.Lion(learning_rate=1e-3)


@tf.function
def step():
    with tf.GradientTape() as tape:
        eta = net(xb, training=True)[:, 0]
        log_risk = tf.math.cumulative_logsumexp(eta)
        loss = -tf.reduce_sum((eta - log_risk) * eb) / tf.reduce_sum(eb)
        total = loss + tf.add_n(net.losses)
    opt.apply_gradients(zip(tape.gradient(total, net.trainable_variables), net.trainable_variables))
    return loss


for i in range(160):
    loss = float(step())
    if i % 20 == 0:
        print(i, loss)

s = net.predict(x[test], verbose=0)[:, 0]
tt, ee = time[test], event[test]
comparable = (tt[:, None] < tt[None, :]) & (ee[:, None] == 1)
c_index = (comparable & (s[:, None] > s[None, :])).sum() / comparable.sum()
print("WEIGHTS_SHA256=" + digest(net.weights))
print("OPTIMIZER_SHA256=" + digest(opt.variables))
print(f"FINAL_LOSS={loss:.6g}")
print(f"FINAL_METRIC=c_index:{c_index:.6f}")
