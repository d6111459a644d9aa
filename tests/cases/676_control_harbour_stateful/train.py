"""Water level in three harbours, ten minutes ahead, with a GRU that keeps its state along the record."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)

STEP, LEN, H = 30, 30 * 60, 3
t = np.arange(LEN + 1) / 6.0
levels = []
for amp, ph in ((180.0, 0.3), (95.0, 1.9), (310.0, 4.0)):
    tide = amp * np.sin(2 * np.pi * t / 12.42 + ph) + 0.3 * amp * np.sin(2 * np.pi * t / 12.0 + 2 * ph)
    surge = np.zeros(len(t))
    for i in range(1, len(t)):
        surge[i] = 0.99 * surge[i - 1] + rng.normal(0, 2.0)
    levels.append(500 + tide + surge + rng.normal(0, 1.5, len(t)))
levels = np.stack(levels)
mean, std = levels[:, :1200].mean(1, keepdims=True), levels[:, :1200].std(1, keepdims=True)
z = ((levels - mean) / std).astype("float32")

net_in = keras.Input(batch_shape=(H, STEP, 1))
gru = layers.GRU(24, return_sequences=True, stateful=True)
net_out = layers.Dense(1)(gru(net_in))
model = keras.Model(net_in, net_out)
model.compile(optimizer=keras.optimizers.Adam(4e-3), loss="mse")

train_steps = 1200
last = []
for epoch in range(16):
    gru.reset_states()
    losses = []
    for s in range(0, train_steps, STEP):
        x = z[:, s:s + STEP, None]
        y = z[:, s + 1:s + STEP + 1, None]
        losses.append(float(model.train_on_batch(x, y)))
        model.reset_metrics()
    last = losses
    print(epoch, f"first {losses[0]:.4f} last {losses[-1]:.4f} mean {np.mean(losses):.4f}")

gru.reset_states()
pred, true = [], []
for s in range(0, LEN, STEP):
    p = model.predict_on_batch(z[:, s:s + STEP, None])[..., 0]
    if s >= train_steps:
        pred.append(p)
        true.append(z[:, s + 1:s + STEP + 1])
pred = np.concatenate(pred, 1) * std + mean
true = np.concatenate(true, 1) * std + mean
r2 = 1 - np.sum((pred - true) ** 2) / np.sum((true - true.mean(1, keepdims=True)) ** 2)
print(f"FINAL_LOSS={np.mean(last)}")
print(f"FINAL_METRIC=r2:{float(r2)}")
