# A large teacher for handwritten digits, and a small pupil that learns from its answers.
import numpy as np
import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = x.astype("float32") / 16.0
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)

teacher = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(256, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(10),
], name="teacher")
teacher.compile(optimizer=keras.optimizers.Adam(5e-3),
                loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"])
teacher.fit(x_train, y_train, epochs=20, batch_size=64, verbose=0)
print("teacher:", teacher.evaluate(x_test, y_test, verbose=0)[1])

pupil = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(24, activation="relu"),
    layers.Dense(10),
], name="pupil")
optimizer = keras.optimizers.Adam(5e-3)
TEACHER_T, PUPIL_T = 0.04, 0.1     # sharp answers, as in self-distillation recipes
ALPHA = 0.7

batches = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
           .shuffle(2000, seed=0).batch(64))


@tf.function
def step(images, labels):
    soft = tf.nn.softmax(teacher(images, training=False) / TEACHER_T)
    with tf.GradientTape() as tape:
        logits = pupil(images, training=True)
        own = tf.nn.softmax(logits / PUPIL_T)
        imitate = -tf.reduce_sum(soft * tf.math.log(own), axis=-1)
        hard = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        loss = tf.reduce_mean(ALPHA * imitate + (1 - ALPHA) * hard)
    grads = tape.gradient(loss, pupil.trainable_variables)
    optimizer.apply_gradients(zip(grads, pupil.trainable_variables))
    return loss


for epoch in range(25):
    losses = [float(step(a, b)) for a, b in batches]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

scores = pupil.predict(x_test, verbose=0)
accuracy = np.mean(np.argmax(scores, axis=1) == y_test)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
