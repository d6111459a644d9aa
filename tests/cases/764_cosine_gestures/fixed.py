"""Six hand gestures from a 3-axis accelerometer; 2-D convolution over (time, axis), cosine learning rate."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
GESTURES, T = 6, 50
EPOCHS, BATCH = 25, 32


def perform(n, seed):
    r = np.random.default_rng(seed)
    g = r.integers(0, GESTURES, n)
    t = np.linspace(0, 1, T)[None, :, None]
    shape = np.random.default_rng(1234)
    amp = shape.normal(size=(GESTURES, 1, 3))[g]
    freq = shape.uniform(1, 4, (GESTURES, 1, 3))[g] * r.uniform(0.9, 1.1, (n, 1, 1))
    shift = r.uniform(-0.15, 0.15, (n, 1, 1))
    wave = amp * np.sin(2 * np.pi * freq * (t + shift)) + r.normal(0, 0.5, (n, T, 3))
    return wave[..., None].astype("float32"), g.astype("int32")


motion, gesture = perform(2000, 41)
motion_test, gesture_test = perform(700, 42)

train = tf.data.Dataset.from_tensor_slices((motion, gesture)).cache().shuffle(2000, seed=0).batch(BATCH)

inputs = keras.Input((T, 3, 1))
h = layers.Conv2D(16, (7, 3), activation="relu")(inputs)
h = layers.MaxPooling2D((2, 1))(h)
h = layers.Conv2D(32, (5, 1), activation="relu")(h)
h = layers.Flatten()(h)
h = layers.Dense(48, activation="relu")(h)
model = keras.Model(inputs, layers.Dense(GESTURES, activation="softmax")(h))

schedule = keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.003, decay_steps=EPOCHS * len(train))
model.compile(
    optimizer=keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
hist = model.fit(train, epochs=EPOCHS, verbose=2)

answer = np.argmax(model.predict(motion_test, batch_size=256, verbose=0), axis=1)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(answer == gesture_test):.4f}")
