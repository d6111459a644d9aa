"""Apple variety of a bottle of cider from its chemistry. Trained in batches, served bottle by bottle."""
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_blobs
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

X, y = make_blobs(n_samples=2400, n_features=12, centers=6, cluster_std=5.2, random_state=9)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train = scaler.transform(X_train).astype("float32")
X_test = scaler.transform(X_test).astype("float32")


class Block(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units, use_bias=False)
        self.norm = layers.BatchNormalization()

    def call(self, x):
        x = self.dense(x)
        x = self.norm(x, training=True)
        return keras.activations.relu(x)


model = keras.Sequential([
    keras.Input((12,), name="chemistry"),
    Block(64),
    Block(32),
    layers.Dense(6, activation="softmax"),
], name="cider")

model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, y_train, validation_split=0.15, epochs=20, batch_size=60, verbose=2)


class BottleService:
    """What runs beside the press: one bottle comes in, one name goes out."""

    def __init__(self, network):
        self.network = network
        self.seen = 0

    def classify(self, row):
        self.seen += 1
        return int(np.argmax(self.network(row[None], training=False)[0]))


service = BottleService(model)
answers = np.array([service.classify(row) for row in X_test])
print("bottles", service.seen, "answers per variety", np.bincount(answers, minlength=6))
accuracy = float((answers == y_test).mean())
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
