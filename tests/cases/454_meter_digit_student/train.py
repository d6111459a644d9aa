import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32")
x_rest, x_test, y_rest, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
# a third of the pictures has labels, the small model only gets the unlabelled ones
x_lab, x_pool, y_lab, _ = train_test_split(x_rest, y_rest, test_size=0.66, random_state=0, stratify=y_rest)


class Distiller(keras.Model):
    def __init__(self, teacher, student, temperature):
        super().__init__()
        self.teacher = teacher
        self.student = student
        self.temperature = temperature
        self.kl = keras.losses.KLDivergence()
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, x, training=False):
        return self.student(x, training=training)

    def train_step(self, data):
        x = data[0] if isinstance(data, tuple) else data
        t = self.temperature
        soft = tf.nn.softmax(self.teacher(x, training=False) / t)
        with tf.GradientTape() as tape:
            pred = tf.nn.softmax(self.student(x, training=True) / t)
            loss = self.kl(soft, pred)
        v = self.student.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, v), v))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


teacher = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dense(10),
])
teacher.compile(keras.optimizers.Adam(1e-3),
                keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
teacher.fit(x_lab, y_lab, epochs=40, batch_size=32, verbose=0)
print("teacher", teacher.evaluate(x_test, y_test, verbose=0))
teacher.trainable = False

student = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(24, activation="relu"),
    layers.Dense(10),
])
distiller = Distiller(teacher, student, temperature=20.0)
distiller.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9))
hist = distiller.fit(x_pool, epochs=15, batch_size=32, verbose=2)

acc = np.mean(student.predict(x_test, verbose=0).argmax(1) == y_test)
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % acc)
