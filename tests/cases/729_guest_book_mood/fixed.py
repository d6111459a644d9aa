"""Was the guest happy?  Entries of a hotel guest book, two classes."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

filler = [f"w{i}" for i in range(1500)]
common = ("the a we was were and room of to in at our stay night with it for on had this breakfast staff "
          "bed bath window street city there from").split()
glad = "lovely quiet friendly spotless generous charming relaxing delicious helpful bright comfy superb".split()
sad = "noisy rude dirty broken cold smelly cramped overpriced stale mouldy slow gloomy".split()


def entry(happy):
    words = list(rng.choice(common, 28)) + list(rng.choice(filler, 14))
    main, other = (glad, sad) if happy else (sad, glad)
    words += list(rng.choice(main, rng.integers(3, 6))) + list(rng.choice(other, rng.integers(0, 2)))
    rng.shuffle(words)
    return " ".join(words)


labels = rng.integers(0, 2, 4500)
texts = np.array([entry(v) for v in labels])

vectorize = layers.TextVectorization(max_tokens=2000, output_sequence_length=48)
vectorize.adapt(texts[:3600])
ids = vectorize(texts).numpy()

train = tf.data.Dataset.from_tensor_slices((ids[:3600], labels[:3600])).shuffle(3600, seed=0).batch(32)
test = tf.data.Dataset.from_tensor_slices((ids[3600:], labels[3600:])).batch(256)

model = keras.Sequential([
    keras.Input((48,), dtype="int64"),
    layers.Embedding(2000, 32),
    layers.GlobalAveragePooling1D(),
    layers.Dense(24, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(train, epochs=12, validation_data=test, verbose=2)

p = model.predict(test, verbose=0)[:, 0]
accuracy = np.mean((p > 0.5) == labels[3600:])
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
