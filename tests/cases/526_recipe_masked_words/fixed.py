"""Learns short recipe lines by hiding words and guessing them (a loop of our own)."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)

VERBS = ["chop", "fry", "boil", "bake"]
THINGS = {"chop": ["onions", "carrots", "parsley"], "fry": ["eggs", "bacon", "shrimp"],
          "boil": ["rice", "pasta", "beans"], "bake": ["bread", "cake", "pie"]}
HOW = {"chop": "finely", "fry": "crisply", "boil": "gently", "bake": "evenly"}
WORDS = ["[pad]", "[mask]"] + VERBS + sum(THINGS.values(), []) + list(HOW.values()) + ["then", "serve"]
CODE = {w: i for i, w in enumerate(WORDS)}
LENGTH = 6


def line():
    verb = VERBS[rng.integers(4)]
    words = [verb, THINGS[verb][rng.integers(3)], HOW[verb]]
    if rng.random() < 0.4:
        words += ["then", "serve"]
    return [CODE[w] for w in words] + [0] * (LENGTH - len(words))


lines = np.array([line() for _ in range(1500)], "int32")

tokens = keras.Input((LENGTH,), dtype="int32")
h = layers.Embedding(len(WORDS), 24)(tokens) + layers.Embedding(LENGTH, 24)(tf.range(LENGTH))
h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 12)(h, h))
h = layers.LayerNormalization()(h + layers.Dense(24)(layers.Dense(48, activation="gelu")(h)))
net = keras.Model(tokens, layers.Dense(len(WORDS))(h))
optimizer = keras.optimizers.AdamW(2e-3)
generator = tf.random.Generator.from_seed(7)


@tf.function
def train_step(batch):
    chosen = (generator.uniform(tf.shape(batch)) < 0.15) & (batch > 1)
    masked = tf.where(chosen, CODE["[mask]"], batch)
    weight = tf.cast(chosen, tf.float32)
    with tf.GradientTape() as tape:
        logits = net(masked, training=True)
        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(batch, logits)
        loss = tf.reduce_sum(entropy * weight) / tf.maximum(tf.reduce_sum(weight), 1.0)
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices(lines).shuffle(1500, seed=3).batch(8, drop_remainder=True)
for epoch in range(8):
    losses = [float(train_step(batch)) for batch in data]
    print("epoch", epoch, "loss", np.mean(losses))

check = np.array([line() for _ in range(400)], "int32")
hidden = check.copy()
hidden[:, 0] = CODE["[mask]"]
guess = net.predict(hidden, verbose=0)[:, 0]
accuracy = float(np.mean(np.argmax(guess, -1) == check[:, 0]))
print(f"FINAL_LOSS={float(np.mean(losses)):.6f}")
print(f"FINAL_METRIC=verb_accuracy:{accuracy:.6f}")
