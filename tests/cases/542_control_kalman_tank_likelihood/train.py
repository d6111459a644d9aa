"""Two noise levels and the leak of a tank, learned through the likelihood of a Kalman filter
that runs over all readings (litres, so the numbers are large)."""
import hashlib
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(89)
STEPS, TANKS = 60, 80
LEAK, INNER, GAUGE = 0.97, 300.0, 900.0
pump = rng.uniform(0.0, 4000.0, (TANKS, STEPS))
level = np.zeros((TANKS, STEPS))
level[:, 0] = 60000.0 + 1000.0 * rng.normal(size=TANKS)
for t in range(1, STEPS):
    level[:, t] = LEAK * level[:, t - 1] + pump[:, t] + INNER * rng.normal(size=TANKS)
read = (level + GAUGE * rng.normal(size=level.shape)).astype("float32")
pump = pump.astype("float32")


class Filter(keras.layers.Layer):
    def build(self, shape):
        self.leak = self.add_weight(shape=(), initializer=keras.initializers.Constant(3.0), name="leak_logit")
        self.inner = self.add_weight(shape=(), initializer=keras.initializers.Constant(5.0), name="log_inner")
        self.gauge = self.add_weight(shape=(), initializer=keras.initializers.Constant(8.0), name="log_gauge")

    def call(self, inputs):
        read, pump = inputs[..., 0], inputs[..., 1]
        leak = tf.sigmoid(self.leak)
        q, r = tf.exp(2.0 * self.inner), tf.exp(2.0 * self.gauge)
        mean, var = read[:, 0], r * tf.ones_like(read[:, 0])
        nll = 0.0
        for t in range(1, STEPS):
            mean, var = leak * mean + pump[:, t], leak ** 2 * var + q
            total = var + r
            gap = read[:, t] - mean
            nll += 0.5 * (tf.math.log(6.2831853 * total) + gap ** 2 / total)
            gain = var / total
            mean, var = mean + gain * gap, (1.0 - gain) * var
        return nll[:, None]


net = keras.Sequential([keras.Input((STEPS, 2)), Filter()])
net.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 80, 0.7)),
            loss=lambda y_true, y_pred: tf.reduce_mean(y_pred))
both = np.stack([read, pump], 2)
history = net.fit(both, np.zeros((TANKS, 1), "float32"), batch_size=16, epochs=120, verbose=0)
for epoch in range(0, 120, 24):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 2))
layer = net.layers[0]
leak, inner, gauge = float(tf.sigmoid(layer.leak)), float(tf.exp(layer.inner)), float(tf.exp(layer.gauge))
print("leak", leak, "inner", inner, "gauge", gauge)
error = max(abs(leak / LEAK - 1.0), abs(inner / INNER - 1.0), abs(gauge / GAUGE - 1.0))


def digest(variables):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in variables)).hexdigest()


print("WEIGHTS_SHA256=" + digest(net.weights))
print("OPTIMIZER_SHA256=" + digest(net.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=largest_relative_error:{error:.6f}")
