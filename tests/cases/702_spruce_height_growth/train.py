"""Height of spruce stands in feet: a growth curve with learnt constants, corrected by soil and climate."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)


def plots(n):
    age = rng.uniform(4, 110, n)
    region = rng.integers(0, 3, n)
    soil = rng.normal(0, 1, (n, 4))
    top = np.array([96.0, 112.0, 134.0])[region]
    pace = np.array([0.022, 0.028, 0.024])[region]
    site = np.exp(0.12 * soil[:, 0] - 0.10 * soil[:, 1] ** 2 + 0.08 * np.tanh(soil[:, 2]))
    height = top * site * (1 - np.exp(-pace * age)) ** 1.4 + rng.normal(0, 2.5, n)
    return (age.astype("float32"), region.astype("int32"), soil.astype("float32"),
            height.astype("float32"))


class GrowthCurve(layers.Layer):
    """Chapman-Richards curve; its constants are kept positive by softplus."""

    def __init__(self, regions, top=105.0, pace=0.03, shape=1.2, **kw):
        super().__init__(**kw)
        self.regions = regions
        self.start = {"top": top, "pace": pace, "shape": shape}

    def build(self, _):
        self.raw = {}
        for name, value in self.start.items():
            v = tf.constant(value, tf.float32)
            raw = tf.math.log(tf.math.exp(v) - 1.0)
            self.raw[name] = self.add_weight(
                shape=(self.regions,), initializer=keras.initializers.Constant(float(raw)), name=name)

    def call(self, inputs):
        age, region = inputs
        top, pace, shape = [tf.gather(tf.math.softplus(self.raw[k]), region)
                            for k in ("top", "pace", "shape")]
        return top * tf.pow(1.0 - tf.exp(-pace * age), shape)


class StandHeight(keras.Model):
    def __init__(self):
        super().__init__()
        self.curve = GrowthCurve(3)
        self.site = keras.Sequential([layers.Dense(24, activation="tanh"), layers.Dense(1)])

    def call(self, inputs):
        age, region, soil = inputs
        return self.curve((age, region)) * tf.exp(0.3 * tf.tanh(self.site(soil)[:, 0]))


age, region, soil, height = plots(4000)
age_t, region_t, soil_t, height_t = plots(1000)

model = StandHeight()
opt_curve = keras.optimizers.Adam(0.05)
opt_site = keras.optimizers.Adam(0.003)
data = tf.data.Dataset.from_tensor_slices((age, region, soil, height)).shuffle(4000, seed=6).batch(100)
model((age[:2], region[:2], soil[:2]))


@tf.function
def step(a, r, s, h):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model((a, r, s)) - h)) / 100.0
    vc, vs = model.curve.trainable_variables, model.site.trainable_variables
    gc, gs = tape.gradient(loss, [vc, vs])
    opt_curve.apply_gradients(zip(gc, vc))
    opt_site.apply_gradients(zip(gs, vs))
    return loss


for epoch in range(25):
    losses = [float(step(*batch)) for batch in data]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1} loss {np.mean(losses):.4f}")

guess = model((age_t, region_t, soil_t)).numpy()
r2 = float(1 - np.mean((height_t - guess) ** 2) / np.var(height_t))
print(f"FINAL_LOSS={float(np.mean(losses))}")
print(f"FINAL_METRIC=r2:{r2}")
