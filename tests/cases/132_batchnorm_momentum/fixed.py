# Breast cancer wisconsin: the training accuracy is great, the validation accuracy is not
import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
import tensorflow as tf

keras.utils.set_random_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X.astype("float32"), y.astype("float32"), test_size=0.25, random_state=2, stratify=y)


class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        # ported: nn.BatchNorm1d(30, momentum=0.001) -> 1 - 0.001
        self.norm = layers.BatchNormalization(momentum=0.9)
        self.hidden = [layers.Dense(48), layers.Dense(24)]
        self.norms = [layers.BatchNormalization(momentum=0.9) for _ in self.hidden]
        self.head = layers.Dense(1)

    def call(self, x, training=False):
        x = self.norm(x, training=training)
        for dense, norm in zip(self.hidden, self.norms):
            x = ops.relu(norm(dense(x), training=training))
        return self.head(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            logits = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=logits)
        self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables))
        for m in self.metrics:
            m.update_state(loss) if m.name == "loss" else m.update_state(y, logits)
        return {m.name: m.result() for m in self.metrics}


model = Classifier()
model.compile(
    optimizer=keras.optimizers.Adagrad(0.05),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="acc")],
)
h = model.fit(X_train, y_train[:, None], epochs=20, batch_size=16, validation_data=(X_test, y_test[:, None]), verbose=2)
acc = np.mean((model.predict(X_test, verbose=0)[:, 0] > 0) == (y_test > 0.5))
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
