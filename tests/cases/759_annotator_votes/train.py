"""Emotion of a face crop from landmark features.  Ten annotators voted; the network learns their distribution."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
EMOTIONS = ["neutral", "happy", "sad", "angry", "surprised"]
VOTERS = 10


def album(n, seed):
    r = np.random.default_rng(seed)
    truth = r.integers(0, len(EMOTIONS), n)
    centre = np.random.default_rng(123).normal(0, 0.8, (len(EMOTIONS), 20))
    landmarks = centre[truth] + r.normal(0, 1.0, (n, 20))
    opinion = np.full((n, len(EMOTIONS)), 0.08)
    opinion[np.arange(n), truth] = 0.68
    votes = np.array([r.multinomial(VOTERS, p) for p in opinion])
    return landmarks.astype("float32"), (votes / VOTERS).astype("float32"), truth


def vote_divergence(votes, predicted):
    ratio = tf.math.log(votes / predicted)
    return tf.reduce_sum(votes * ratio, axis=-1)


faces, votes, _ = album(2400, 20)
new_faces, new_votes, new_truth = album(800, 21)

mlp = keras.Sequential(name="emotion")
mlp.add(keras.Input((20,)))
mlp.add(keras.layers.Dense(64, activation="leaky_relu"))
mlp.add(keras.layers.LayerNormalization())
mlp.add(keras.layers.Dense(32, activation="leaky_relu"))
mlp.add(keras.layers.Dense(len(EMOTIONS), activation="softmax"))
mlp.compile(optimizer=keras.optimizers.Adagrad(0.05), loss=vote_divergence)

picker = np.random.default_rng(2)
for step in range(1, 601):
    batch = picker.choice(len(faces), size=64, replace=False)
    value = mlp.train_on_batch(faces[batch], votes[batch])
    if step % 100 == 0:
        print(f"step {step}: {float(value):.4f}")

said = mlp.predict_on_batch(new_faces).argmax(axis=1)
print(f"FINAL_LOSS={float(value)}")
print(f"FINAL_METRIC=accuracy:{np.mean(said == new_truth):.4f}")
