"""Sharpness-aware training of a tumour classifier: each step first climbs to the worst
point nearby, takes the gradient there, goes back and only then descends."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

RHO = 0.4


class SharpnessAware(keras.Model):
    def train_step(self, data):
        x, y = data
        variables = self.trainable_variables
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        climb = tape.gradient(loss, variables)
        scale = RHO / (tf.linalg.global_norm(climb) + 1e-12)
        shifts = [g * scale for g in climb]
        for v, e in zip(variables, shifts):
            v.assign_add(e)                      # uphill on purpose
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            worst = self.compute_loss(x=x, y=y, y_pred=y_pred)
        grads = tape.gradient(worst, variables)
        for v, e in zip(variables, shifts):
            v.assign_sub(e)
        self.optimizer.apply(grads, variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(worst)       # the loss shown is that of the worst point
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


data = load_breast_cancer()
x_train, x_test, y_train, y_test = train_test_split(
    data.data, data.target, test_size=0.35, random_state=1, stratify=data.target)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train).astype("float32"), scaler.transform(x_test).astype("float32")

inputs = keras.Input((30,))
h = layers.Dense(64, activation="relu")(inputs)
h = layers.Dense(64, activation="relu")(h)
model = SharpnessAware(inputs, layers.Dense(1, activation="sigmoid")(h))
model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
              loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train.astype("float32")[:, None], batch_size=32, epochs=25, verbose=2)

probability = model.predict(x_test, verbose=0)[:, 0]
digest = lambda arrays: hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([np.array(v) for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean((probability > 0.5) == y_test)}")
