"""Match two measurements of the same mineral, a Raman line pattern and an absorption curve, by contrast in the batch."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
BATCH, EPOCHS, BINS = 64, 24, 96


def minerals(n, seed):
    r = np.random.default_rng(seed)
    recipe = r.dirichlet(np.full(8, 0.7), n)
    axis = np.linspace(0, 1, BINS)
    maker = np.random.default_rng(1234)
    lines = np.exp(-0.5 * ((axis - maker.random((8, 1))) / 0.015) ** 2)
    humps = np.exp(-0.5 * ((axis - maker.random((8, 1))) / 0.10) ** 2)
    raman = recipe @ lines + r.normal(0, 0.02, (n, BINS))
    absorb = np.log1p(3 * recipe @ humps) + r.normal(0, 0.02, (n, BINS))
    return raman.astype("float32"), absorb.astype("float32")


def tower(name):
    return keras.Sequential(
        [
            keras.Input((BINS,)),
            layers.Reshape((BINS, 1)),
            layers.Conv1D(16, 7, strides=2, activation="gelu"),
            layers.Flatten(),
            layers.Dense(64, activation="gelu"),
            layers.Dense(24),
            layers.UnitNormalization(),
        ],
        name=name,
    )


class Matcher(keras.Model):
    def __init__(self):
        super().__init__()
        self.raman, self.absorb = tower("raman"), tower("absorb")
        self.mean_loss = keras.metrics.Mean(name="contrast")
        self.heat = self.add_weight(shape=(), initializer=keras.initializers.Constant(2.0), name="heat")

    def call(self, pair):
        return self.raman(pair[0]), self.absorb(pair[1])

    def train_step(self, data):
        (pair,) = data
        with tf.GradientTape() as tape:
            a, b = self(pair)
            score = tf.exp(self.heat) * tf.matmul(a, b, transpose_b=True)
            who = tf.range(tf.shape(a)[0])
            loss = 0.5 * tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(who, score)
                + tf.nn.sparse_softmax_cross_entropy_with_logits(who, tf.transpose(score))
            )
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.mean_loss.update_state(loss)
        return {"contrast": self.mean_loss.result()}


raman, absorb = minerals(2048, 1)
pairs = tf.data.Dataset.from_tensor_slices((raman, absorb)).shuffle(2048, seed=0).batch(BATCH, drop_remainder=True)
pairs = pairs.map(lambda p, q: ((p, q),))

# full rate for 12 epochs, then slower for 8, then only the last touches
rate = keras.optimizers.schedules.PiecewiseConstantDecay([12 * 32, 20 * 32], [2e-3, 1e-4, 1e-6])
matcher = Matcher()
matcher.compile(optimizer=keras.optimizers.Adam(rate))
story = matcher.fit(pairs, epochs=EPOCHS, verbose=2)

left, right = matcher.predict(minerals(200, 2), verbose=0)
hit = np.argmax(left @ right.T, axis=1) == np.arange(200)
print(f"FINAL_LOSS={float(story.history['contrast'][-1])}")
print(f"FINAL_METRIC=top1:{hit.mean():.4f}")
