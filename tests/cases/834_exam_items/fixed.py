"""Which of the ten questions of the second paper will a pupil solve?  In school years every pupil got only some of them."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)

QUESTIONS = 10
skills = np.random.default_rng(30)
need_first = np.abs(skills.normal(1.0, 0.6, (3, 24)))
need_second = np.abs(skills.normal(0.0, 2.2, (3, QUESTIONS)))
hard = skills.normal(0.0, 0.8, QUESTIONS)


def pupils(n, seed):
    r = np.random.default_rng(seed)
    able = r.normal(size=(n, 3))
    group = (np.arange(24) % 3)[None] == np.arange(3)[:, None]
    marks = able @ (need_first * group) + r.normal(0, 0.6, (n, 24))
    solved = r.random((n, QUESTIONS)) < 1 / (1 + np.exp(hard - able @ need_second))
    return marks.astype("float32"), solved.astype("float32")


marks, solved = pupils(2400, 1)
asked = np.random.default_rng(2).random(solved.shape) < 0.6
solved[~asked] = np.nan  # not on this pupil's sheet
weight = asked.astype("float32")

paper_one = keras.Input((24,), name="paper_one")
mask_in = keras.Input((QUESTIONS,), name="asked")
e = layers.Dense(40, activation="silu")(paper_one)
ability = layers.Dense(6, name="ability")(e)
chance = layers.Dense(QUESTIONS, activation="sigmoid", name="chance")(ability)
net = keras.Model([paper_one, mask_in], layers.Concatenate()([chance, mask_in]))
reader = keras.Model(paper_one, chance)


def asked_only(target, packed):
    p, w = packed[:, :QUESTIONS], packed[:, QUESTIONS:]
    each = ops.binary_crossentropy(ops.nan_to_num(target), p)
    return ops.sum(w * each) / (ops.sum(w) + 1.0)


def sheets():
    order = np.random.default_rng(6)
    while True:
        pick = order.integers(0, len(marks), 48)
        yield {"paper_one": marks[pick], "asked": weight[pick]}, solved[pick]


spec = ({"paper_one": tf.TensorSpec((None, 24)), "asked": tf.TensorSpec((None, QUESTIONS))}, tf.TensorSpec((None, QUESTIONS)))
net.compile(optimizer=keras.optimizers.Lion(5e-4), loss=asked_only)
h = net.fit(tf.data.Dataset.from_generator(sheets, output_signature=spec), steps_per_epoch=50, epochs=10, verbose=2)

marks_t, solved_t = pupils(800, 3)
right = (reader.predict(marks_t, verbose=0) > 0.5) == (solved_t > 0.5)
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(right):.4f}")
