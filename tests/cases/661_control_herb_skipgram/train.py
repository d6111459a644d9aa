"""Skip-gram vectors of herbs from recipes with negative sampling, one train_on_batch after the other."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(106)

CUISINES, PER, NEG = 6, 8, 4
VOCAB = CUISINES * PER
recipes = []
for _ in range(2500):
    c = rng.integers(0, CUISINES)
    own = c * PER + rng.integers(0, PER, 5)
    other = rng.integers(0, VOCAB, 2)
    recipes.append(rng.permutation(np.concatenate([own, other])))

centre, context = [], []
for r in recipes:
    for i in range(len(r)):
        for j in range(max(0, i - 2), min(len(r), i + 3)):
            if i != j:
                centre.append(r[i])
                context.append(r[j])
centre, context = np.array(centre), np.array(context)

c_in = keras.Input((), dtype="int32")
o_in = keras.Input((), dtype="int32")
vec = layers.Embedding(VOCAB, 12, name="herbs")
ctx = layers.Embedding(VOCAB, 12, name="contexts")
score = layers.Dot(axes=-1)([vec(c_in), ctx(o_in)])
model = keras.Model([c_in, o_in], score)
model.compile(optimizer=keras.optimizers.Adam(0.02),
              loss=keras.losses.BinaryCrossentropy(from_logits=True))

losses = []
for step in range(600):
    take = rng.integers(0, len(centre), 512)
    c = np.concatenate([centre[take], np.repeat(centre[take], NEG)])
    o = np.concatenate([context[take], rng.integers(0, VOCAB, 512 * NEG)])
    label = np.concatenate([np.ones(512), np.zeros(512 * NEG)]).astype("float32")[:, None]
    losses.append(float(model.train_on_batch([c, o], label)))
    model.reset_metrics()
    if step % 150 == 149:
        print(f"step {step + 1}: loss {np.mean(losses[-100:]):.4f}")


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


w = np.asarray(vec.embeddings)
w = w / np.linalg.norm(w, axis=1, keepdims=True)
sim = w @ w.T - 2 * np.eye(VOCAB)
near = np.argsort(-sim, axis=1)[:, :5]
purity = float(np.mean(near // PER == np.arange(VOCAB)[:, None] // PER))
print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={np.mean(losses[-100:])}")
print(f"FINAL_METRIC=neighbour_purity:{purity}")
