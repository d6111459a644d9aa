"""Surface normals of a glossy material from its brightness under seven lamps."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
LAMPS = 7
azimuth = np.linspace(0, 2 * np.pi, LAMPS, endpoint=False)
lamps = np.stack([0.55 * np.cos(azimuth), 0.55 * np.sin(azimuth), np.full(LAMPS, 0.835)], axis=1)


def patches(n, seed):
    g = np.random.default_rng(seed)
    tilt, turn = g.uniform(0, 1.15, n), g.uniform(0, 2 * np.pi, n)
    normal = np.stack([np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt)], axis=1)
    albedo = g.uniform(0.3, 1.0, (n, 1))
    matt = np.clip(normal @ lamps.T, 0, None)
    half = lamps + [0, 0, 1]
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    shine = 0.4 * np.clip(normal @ half.T, 0, None) ** 25
    seen = albedo * matt + shine + g.normal(0, 0.01, (n, LAMPS))
    return seen.astype("float32"), normal.astype("float32")


class NormalNet(keras.Model):
    """Gives nx and ny; nz follows from the unit length, the surface looks towards the camera."""

    def __init__(self):
        super().__init__()
        self.body = [keras.layers.Dense(64, activation="elu") for _ in range(3)]
        self.slant = keras.layers.Dense(2)

    def call(self, seen):
        h = seen / (tf.reduce_mean(seen, axis=1, keepdims=True) + 1e-3) - 1.0
        for layer in self.body:
            h = layer(h)
        nxy = self.slant(h)
        nz = tf.sqrt(tf.maximum(1.0 - tf.reduce_sum(nxy * nxy, axis=1, keepdims=True), 1e-4))
        return tf.concat([nxy, nz], axis=1)


seen, normal = patches(4000, 1)
net = NormalNet()
opt = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, 1500))
batches = np.random.default_rng(2)


@tf.function
def learn(s, n):
    with tf.GradientTape() as tape:
        miss = tf.reduce_mean(tf.reduce_sum(tf.square(net(s) - n), axis=1))
    w = net.trainable_weights
    opt.apply_gradients(zip(tape.gradient(miss, w), w))
    return miss


net(seen[:1])
opt.build(net.trainable_weights)
for step in range(1, 1501):
    pick = batches.integers(0, len(seen), 64)
    miss = learn(tf.constant(seen[pick]), tf.constant(normal[pick]))
    if step % 250 == 0:
        print(step, float(miss))

new_seen, new_normal = patches(1000, 3)
guess = net.predict(new_seen, verbose=0)
angle = np.degrees(np.arccos(np.clip(np.sum(guess * new_normal, axis=1), -1, 1)))
print("median angle", np.median(angle))
r2 = 1 - np.mean((guess - new_normal) ** 2) / np.mean((new_normal - new_normal.mean(0)) ** 2)
print(f"FINAL_LOSS={float(miss)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
