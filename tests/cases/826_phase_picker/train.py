"""Picks the arrival of P and S waves in three-component seismograms (digitizer counts, 256 samples)."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
LENGTH = 256


def events(n, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(LENGTH)
    traces = rng.normal(0.0, 1.0, (n, LENGTH, 3))
    p = rng.integers(30, 130, n)
    s = p + rng.integers(40, 100, n)
    for k in range(n):
        for onset, freq, comps in ((p[k], 0.9, [2]), (s[k], 0.45, [0, 1])):
            lag = np.maximum(t - onset, 0)
            burst = 9.0 * np.exp(-lag / 40.0) * np.sin(freq * lag + rng.uniform(0, 1)) * (t >= onset)
            traces[k][:, comps] += burst[:, None] * rng.uniform(0.7, 1.3, len(comps))
    gain = 10 ** rng.uniform(2.5, 4.5, (n, 1, 1))  # near and far events
    bumps = [np.exp(-0.5 * ((t - w[:, None]) / 4.0) ** 2) for w in (p, s)]
    label = np.stack([np.clip(1 - bumps[0] - bumps[1], 0, 1)] + bumps, axis=-1)
    return np.round(traces * gain).astype("float32"), label.astype("float32"), p, s


class Picker(keras.Model):
    def __init__(self):
        super().__init__()
        self.down1 = layers.Conv1D(16, 9, padding="same", activation="relu")
        self.down2 = layers.Conv1D(24, 9, strides=4, padding="same", activation="relu")
        self.mid = layers.Conv1D(24, 9, padding="same", activation="relu")
        self.up = layers.Conv1DTranspose(16, 8, strides=4, padding="same", activation="relu")
        self.join = layers.Concatenate()
        self.out = layers.Conv1D(3, 5, padding="same", activation="softmax")

    def call(self, x):
        fine = self.down1(x)
        deep = self.mid(self.down2(fine))
        return self.out(self.join([fine, self.up(deep)]))


def phase_entropy(label, prob):
    return -ops.mean(ops.sum(label * ops.log(prob), axis=-1))


waves, label, _, _ = events(700, seed=1)
waves_t, _, p_t, s_t = events(200, seed=2)

picker = Picker()
picker.compile(optimizer=keras.optimizers.Adam(2e-3), loss=phase_entropy)
done = picker.fit(waves, label, batch_size=20, epochs=12, verbose=2)

prob = picker.predict(waves_t, verbose=0)
near_p = np.abs(prob[..., 1].argmax(1) - p_t) <= 6
near_s = np.abs(prob[..., 2].argmax(1) - s_t) <= 6
print(f"FINAL_LOSS={done.history['loss'][-1]}")
print(f"FINAL_METRIC=picks_found:{np.mean(np.r_[near_p, near_s]):.4f}")
