"""Labels for the frames of short utterances (silence, vowel, hiss, burst); utterances differ in length."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
LONGEST, BANDS, KINDS = 40, 12, 4
rng = np.random.default_rng(8)
shapes = np.abs(rng.normal(size=(KINDS, BANDS))) * np.array([[0.1], [1.0], [1.0], [1.0]])


def utterance():
    kinds = np.repeat(rng.integers(KINDS, size=12), rng.integers(2, 6, size=12))[: rng.integers(20, LONGEST + 1)]
    frames = shapes[kinds] * rng.uniform(0.7, 1.3) + rng.normal(0, 0.5, (len(kinds), BANDS))
    return frames, kinds


def padded(n):
    sound = np.zeros((n, LONGEST, BANDS), "float32")
    tags = np.full((n, LONGEST), -1, "int32")
    for i in range(n):
        frames, kinds = utterance()
        sound[i, : len(kinds)] = frames
        tags[i, : len(kinds)] = kinds
    return sound, tags


def tagger():
    sound = keras.Input((None, BANDS))
    z = layers.Conv1D(32, 5, padding="same", activation="gelu")(sound)
    z = layers.Bidirectional(layers.GRU(16, return_sequences=True))(z)
    return keras.Model(sound, layers.Dense(KINDS)(z))


def frame_loss(tags, logits):
    mask = tf.cast(tags >= 0, tf.float32)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tags, logits=logits)
    return tf.reduce_sum(each * mask) / tf.reduce_sum(mask)


net = tagger()
rule = keras.optimizers.AdamW(3e-3, weight_decay=1e-4)


@tf.function
def learn(sound, tags):
    with tf.GradientTape() as tape:
        loss = frame_loss(tags, net(sound, training=True))
    rule.apply_gradients(zip(tape.gradient(loss, net.trainable_weights), net.trainable_weights))
    return loss


sound, tags = padded(640)
for epoch in range(6):
    order = rng.permutation(len(sound))
    history = []
    for part in np.split(order, 20):
        history.append(float(learn(tf.constant(sound[part]), tf.constant(tags[part]))))
    print(epoch, np.mean(history))

new_sound, new_tags = padded(150)
guess = net.predict(new_sound, verbose=0).argmax(axis=-1)
real = new_tags >= 0
print(f"FINAL_LOSS={np.mean(history)}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess[real] == new_tags[real]):.4f}")
