# Leaf disease (seven kinds) and share of damaged area from multispectral leaf scans.
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

DISEASES = 7
PATCH = 16


class LeafScans(keras.utils.PyDataset):
    def __init__(self, n, batch, seed):
        super().__init__()
        r = np.random.default_rng(seed)
        # disease codes as in the field book: 1 = healthy ... 7 = blight
        self.code = r.integers(1, DISEASES + 1, n)
        self.damage = r.uniform(0, 1, n).astype("float32")
        tone = np.random.default_rng(0).normal(0, 1, (DISEASES + 1, 5))
        spot = r.normal(0, 1, (n, PATCH, PATCH, 1)) > 1.2 - 1.5 * self.damage[:, None, None, None]
        self.scan = (0.5 * tone[self.code][:, None, None, :] + 1.0 * spot
                     + r.normal(0, 0.6, (n, PATCH, PATCH, 5))).astype("float32")
        self.batch = batch

    def __len__(self):
        return len(self.code) // self.batch

    def __getitem__(self, i):
        s = slice(i * self.batch, (i + 1) * self.batch)
        return self.scan[s], self.code[s].astype("int32"), self.damage[s]


inp = keras.Input((PATCH, PATCH, 5))
t = layers.Conv2D(16, 3, activation="relu")(inp)
t = layers.Conv2D(32, 3, strides=2, activation="relu")(t)
t = layers.GlobalAveragePooling2D()(t)
disease_out = layers.Dense(DISEASES, activation="softmax", name="disease")(t)
damage_out = layers.Dense(1, activation="sigmoid", name="damage")(t)
model = keras.Model(inp, [disease_out, damage_out])

ce = keras.losses.SparseCategoricalCrossentropy()
bce = keras.losses.BinaryCrossentropy()
opt = keras.optimizers.Nadam(2e-3)


@tf.function
def train_step(scan, code, damage):
    with tf.GradientTape() as tape:
        p_disease, p_damage = model(scan, training=True)
        loss = ce(code, p_disease) + 0.5 * bce(damage[:, None], p_damage)
    g = tape.gradient(loss, model.trainable_weights)
    opt.apply_gradients(zip(g, model.trainable_weights))
    return loss


train = LeafScans(2000, 40, seed=31)
test = LeafScans(400, 40, seed=32)
for epoch in range(6):
    losses = []
    for k in range(len(train)):
        scan, code, damage = train[k]
        losses.append(float(train_step(scan, code, damage)))
    print(f"epoch {epoch}: {np.mean(losses):.4f}")

hits = []
for k in range(len(test)):
    scan, code, _ = test[k]
    p_disease, _ = model(scan, training=False)
    hits.append(np.argmax(p_disease.numpy(), axis=1) == code)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{np.mean(hits)}")
