"""A wide network reads mineral spectra (counts); a narrow one for the field instrument learns from its answers."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
MINERALS, LINES = 6, 60
gen = np.random.default_rng(50)
peaks = gen.uniform(5, 55, size=(MINERALS, 4))
heights = gen.uniform(150, 600, size=(MINERALS, 4))


def spectra(n):
    which = gen.integers(MINERALS, size=n)
    axis = np.arange(LINES)
    bumps = np.exp(-0.5 * ((axis[:, None] - peaks[which][:, None]) / 1.5) ** 2)
    ideal = 4000.0 + gen.normal(0, 80, (n, 1)) + np.sum(bumps * heights[which][:, None] * gen.uniform(0.2, 1, (n, 1, 4)), 2)
    return gen.poisson(ideal).astype("float32"), which


class Distiller(keras.Model):
    def __init__(self, student, teacher, heat):
        super().__init__()
        self.student, self.teacher, self.heat = student, teacher, heat
        self.teacher.trainable = False

    def call(self, x):
        return self.student(x)

    def train_step(self, x):
        soft = tf.nn.softmax(self.teacher(x, training=False) / self.heat)
        with tf.GradientTape() as tape:
            own = tf.nn.log_softmax(self.student(x, training=True) / self.heat)
            loss = -self.heat**2 * tf.reduce_mean(tf.reduce_sum(soft * own, axis=-1))
        weights = self.student.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {"gap": loss}


counts, mineral = spectra(2500)
field_counts, field_mineral = spectra(500)

norm = layers.Normalization()
norm.adapt(counts)
teacher = keras.Sequential(
    [keras.Input((LINES,)), norm, layers.Dense(128, "relu"), layers.Dense(128, "relu"), layers.Dense(MINERALS)]
)
teacher.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
teacher.fit(counts[:1500], mineral[:1500], epochs=6, verbose=0)
print("teacher", teacher.evaluate(field_counts, field_mineral, verbose=0))

mean, std = counts.mean(axis=0), counts.std(axis=0)
unlabelled = (counts - mean) / std
student = keras.Sequential([keras.Input((LINES,)), layers.Dense(12, "relu"), layers.Dense(MINERALS)])

pair = Distiller(student, teacher, heat=3.0)
pair.compile(optimizer=keras.optimizers.Adam(5e-3))
seen = pair.fit(unlabelled, batch_size=50, epochs=20, verbose=2)

answer = pair.predict((field_counts - mean) / std, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={seen.history['gap'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(answer == field_mineral):.4f}")
