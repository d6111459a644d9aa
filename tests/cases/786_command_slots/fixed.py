"""Voice commands for a home: what is wanted (intent) and what each word is (slot), learned together."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
ROOMS = ["kitchen", "hall", "attic", "garage", "bath"]
THINGS = ["lamp", "blind", "heater", "fan", "radio", "door"]
FRAMES = {
    0: ["switch on the {t} in the {r}", "please start the {t}", "{r} {t} on"],
    1: ["switch off the {t} in the {r}", "stop the {t} please", "{t} off in {r} now"],
    2: ["is the {t} in the {r} running", "what is the {t} doing", "tell me about the {r} {t}"],
}
SLOTS = {"plain": 0, "thing": 1, "room": 2}
gen = np.random.default_rng(8)
words = {}


def utter():
    intent = int(gen.integers(3))
    ids, slots = [], []
    for word in FRAMES[intent][gen.integers(3)].split():
        kind = "plain"
        if word == "{t}":
            word, kind = THINGS[gen.integers(len(THINGS))], "thing"
        elif word == "{r}":
            word, kind = ROOMS[gen.integers(len(ROOMS))], "room"
        ids.append(words.setdefault(word, len(words) + 1))
        slots.append(SLOTS[kind])
    return ids, slots, intent


corpus = [utter() for _ in range(1500)]


def rows(part):
    def give():
        for ids, slots, intent in part:
            yield ids, {"slots": slots, "intent": intent}

    spec = (
        tf.TensorSpec((None,), tf.int32),
        {"slots": tf.TensorSpec((None,), tf.int32), "intent": tf.TensorSpec((), tf.int32)},
    )
    padding = (0, {"slots": -1, "intent": 0})
    return tf.data.Dataset.from_generator(give, output_signature=spec).padded_batch(30, padding_values=padding)


tokens = keras.Input((None,), dtype="int32")
embedded = layers.Embedding(len(words) + 1, 12)(tokens)
context = layers.Conv1D(24, 3, padding="same", activation="gelu")(embedded)
slots = layers.Dense(len(SLOTS), name="slots")(context)
intent = layers.Dense(3, name="intent")(layers.GlobalMaxPooling1D()(context))
assistant = keras.Model(tokens, {"slots": slots, "intent": intent})
assistant.compile(
    optimizer=keras.optimizers.AdamW(4e-3),
    loss={
        "slots": keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1),
        "intent": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    },
)
past = assistant.fit(rows(corpus[:1200]), epochs=4, verbose=2)

good = total = 0
for x, truth in rows(corpus[1200:]):
    guess = assistant(x)["slots"].numpy().argmax(-1)
    real = x.numpy() > 0
    good += (guess == truth["slots"].numpy())[real].sum()
    total += real.sum()
print(f"FINAL_LOSS={past.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{good / total:.4f}")
