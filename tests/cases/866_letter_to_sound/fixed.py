"""Letters to sounds for an invented spelling: an encoder reads the word, a decoder writes the sounds."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

LETTERS = "abcdefghiklmnoprstu"
VOWELS = "aeiou"
SOUNDS = ["<pad>", "<s>", "</s>", "a", "e", "i", "o", "u", "b", "s", "k", "d", "f", "g", "h",
          "l", "m", "n", "p", "r", "t", "sh", "th", "j"]
SOUND_ID = {s: i for i, s in enumerate(SOUNDS)}
MAX_LETTERS, MAX_SOUNDS = 9, 11


def spell_out(word):
    out, i = [], 0
    while i < len(word):
        c, nxt = word[i], word[i + 1] if i + 1 < len(word) else ""
        if c in "st" and nxt == "h":
            out.append(c + "h")
            i += 2
            continue
        if c == "c":
            out.append("s" if nxt in "ei" and nxt else "k")
        elif c == "g" and nxt and nxt in "ei":
            out.append("j")
        else:
            out.append(c)
        i += 1
    return out


def random_word():
    word = ""
    for _ in range(rng.integers(2, 5)):
        word += rng.choice(list("bcdfghklmnprst") + ["sh", "th"]) if rng.random() < 0.9 else ""
        word += rng.choice(list(VOWELS))
    return word[:MAX_LETTERS]


def encode(words):
    letters = np.zeros((len(words), MAX_LETTERS), "int32")
    sounds = np.zeros((len(words), MAX_SOUNDS), "int32")
    for r, w in enumerate(words):
        letters[r, :len(w)] = [LETTERS.index(c) + 1 for c in w]
        ids = [SOUND_ID["<s>"]] + [SOUND_ID[s] for s in spell_out(w)] + [SOUND_ID["</s>"]]
        sounds[r, :len(ids)] = ids
    return letters, sounds


words = sorted({random_word() for _ in range(7000)})
rng.shuffle(words)
train_letters, train_sounds = encode(words[:4000])
test_letters, test_sounds = encode(words[4500:5000])

letter_in = keras.Input((MAX_LETTERS,), dtype="int32")
sound_in = keras.Input((None,), dtype="int32")
x = layers.Embedding(len(LETTERS) + 1, 48)(letter_in)
memory = layers.Bidirectional(layers.GRU(48, return_sequences=True))(x)
last = layers.Dense(96, activation="tanh")(layers.GlobalAveragePooling1D()(memory))
y = layers.Embedding(len(SOUNDS), 96)(sound_in)
y = layers.GRU(96, return_sequences=True)(y, initial_state=last)
looked_up = layers.Attention(use_scale=True)([y, memory])
y = layers.Concatenate()([y, looked_up])
y = layers.Dense(96, activation="relu")(y)
y = layers.Dense(len(SOUNDS))(y)
model = keras.Model([letter_in, sound_in], y)
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0),
)

decoder_in, decoder_out = train_sounds[:, :-1], train_sounds[:, 1:]
history = model.fit([train_letters, decoder_in], decoder_out, batch_size=128, epochs=5, verbose=2)


def transcribe(letters):
    said = np.full((len(letters), 1), SOUND_ID["<s>"], "int32")
    for _ in range(MAX_SOUNDS - 1):
        logits = ops.convert_to_numpy(model([letters, said]))[:, -1]
        said = np.concatenate([said, logits[:, 1:].argmax(1)[:, None].astype("int32") + 1], axis=1)
    return said


said = transcribe(test_letters)
real = test_sounds[:, 1:] > 2
accuracy = float(np.mean((said[:, 1:] == test_sounds[:, 1:])[real]))
for r in range(3):
    print(words[4500 + r], "->", " ".join(SOUNDS[i] for i in said[r, 1:]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=sound_accuracy:{accuracy:.4f}")
