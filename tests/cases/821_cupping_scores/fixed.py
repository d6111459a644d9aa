"""Grades (0 to 4) given to coffees at cuppings, from roast notes and the laboratory's record of the green lot."""
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import cohen_kappa_score

keras.utils.set_random_seed(0)
GRADES = 5
COLUMNS = ["minutes", "drop_temp", "rest_days", "moisture", "density"]
rng = np.random.default_rng(23)

lots = pd.DataFrame({"lot": np.arange(400), "moisture": rng.normal(11, 0.6, 400), "density": rng.normal(700, 25, 400)})
cups = pd.DataFrame({"lot": np.sort(rng.integers(400, size=3000))})
cups["minutes"] = rng.normal(11, 1.2, 3000)
cups["drop_temp"] = rng.normal(210, 5, 3000)
cups["rest_days"] = rng.gamma(3, 3, 3000)
full = cups.merge(lots, on="lot", how="left")
merit = (
    -np.abs(full.minutes - 10.5) + 0.06 * (full.density - 700) - 0.9 * (full.moisture - 11) ** 2
    - 0.01 * (full.rest_days - 8) ** 2 + 0.1 * (full.drop_temp - 210) + rng.normal(0, 0.3, 3000)
)
cups["grade"] = pd.qcut(merit, GRADES, labels=False)

lab_book = lots[~lots.lot.isin([371, 377, 384])]
table = cups.merge(lab_book, on="lot", how="left").fillna(lab_book.mean())
train, valid = table[table.lot < 340], table[table.lot >= 370]
test = full.assign(grade=cups.grade)[(full.lot >= 340) & (full.lot < 370)]
middle, width = train[COLUMNS].mean(), train[COLUMNS].std()


def tensors(part):
    x = ((part[COLUMNS] - middle) / width).to_numpy("float32")
    return tf.constant(x), tf.constant(part["grade"].to_numpy("int32"))


class Ladder(keras.Model):
    """One merit for each cup and a rising row of thresholds."""

    def __init__(self):
        super().__init__()
        self.merit = keras.Sequential([keras.layers.Dense(32, "tanh"), keras.layers.Dense(32, "tanh"), keras.layers.Dense(1)])
        self.first = self.add_weight(shape=(1,), initializer=keras.initializers.Constant(-1.5), name="first")
        self.rises = self.add_weight(shape=(GRADES - 2,), initializer="zeros", name="rises")

    def call(self, x):
        steps = tf.concat([self.first, tf.math.softplus(self.rises)], axis=0)
        return self.merit(x) - tf.cumsum(steps)


def ladder_loss(grade, logits):
    above = tf.cast(grade[:, None] > tf.range(GRADES - 1), tf.float32)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=above, logits=logits))


ladder, opt = Ladder(), keras.optimizers.Adam(3e-3)
x, grade = tensors(train)
x_valid, grade_valid = tensors(valid)
ladder(x[:1])


@tf.function
def step(x, grade):
    with tf.GradientTape() as tape:
        loss = ladder_loss(grade, ladder(x))
    opt.apply(tape.gradient(loss, ladder.trainable_variables), ladder.trainable_variables)
    return loss


best, kept = np.inf, ladder.get_weights()
feed = tf.data.Dataset.from_tensor_slices((x, grade)).shuffle(3000, seed=9).batch(50)
for epoch in range(30):
    losses = [float(step(*batch)) for batch in feed]
    check = float(ladder_loss(grade_valid, ladder(x_valid)))
    if check < best:
        best, kept = check, ladder.get_weights()
    print(f"epoch {epoch} loss {np.mean(losses):.4f} valid {check:.4f}")
ladder.set_weights(kept)

x_test, grade_test = tensors(test)
given = (ladder(x_test).numpy() > 0).sum(axis=1)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=kappa:{cohen_kappa_score(grade_test.numpy(), given, weights='quadratic'):.4f}")
