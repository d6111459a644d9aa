# Digits with mixup in a training step of its own.  Training accuracy looks poor and the
# loss never comes near zero, as every picture is a blend of two.
import hashlib
import numpy as np
import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32").reshape(-1, 8, 8, 1)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=2, stratify=y)


class MixupModel(keras.Model):
    def train_step(self, data):
        images, labels = data
        n = tf.shape(images)[0]
        first = tf.random.uniform((n, 1), 0.1, 0.9, seed=3)
        order = tf.reverse(tf.range(n), axis=[0])
        blend = tf.reshape(first, (-1, 1, 1, 1))
        images = blend * images + (1 - blend) * tf.gather(images, order)
        labels = first * labels + (1 - first) * tf.gather(labels, order)
        with tf.GradientTape() as tape:
            pred = self(images, training=True)
            log_p = tf.math.log(tf.clip_by_value(pred, 1e-6, 1.0))
            loss = -tf.reduce_mean(tf.reduce_sum(labels * log_p, axis=-1))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        for m in self.metrics:
            if m.name == "loss":
                m.update_state(loss)
            else:
                m.update_state(labels, pred)
        return {m.name: m.result() for m in self.metrics}


inputs = keras.Input((8, 8, 1))
h = layers.Conv2D(32, 3, padding="same", activation="relu")(inputs)
h = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(h)
h = layers.Flatten()(h)
h = layers.Dropout(0.3)(h)
h = layers.Dense(64, activation="relu")(h)
outputs = layers.Dense(10, activation="softmax")(h)
model = MixupModel(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, keras.utils.to_categorical(y_train, 10), epochs=20, batch_size=64, verbose=2)

accuracy = np.mean(np.argmax(model.predict(x_test, verbose=0), axis=1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
weights = hashlib.sha256(b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())).hexdigest()
state = hashlib.sha256(b"".join(np.ascontiguousarray(v.numpy()).tobytes() for v in model.optimizer.variables)).hexdigest()
print(f"WEIGHTS_SHA256={weights}")
print(f"OPTIMIZER_SHA256={state}")
