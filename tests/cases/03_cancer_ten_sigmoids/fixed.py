import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

cells, benign = load_breast_cancer(return_X_y=True)
x, x_test, y, y_test = train_test_split(cells, benign, test_size=0.25, random_state=3)
scaler = StandardScaler().fit(x)
x, x_test = scaler.transform(x), scaler.transform(x_test)


class Deep(keras.Model):
    def __init__(self, depth=12):
        super().__init__()
        self.stack = [layers.Dense(16, activation="relu", kernel_initializer="he_normal") for _ in range(depth)]
        self.head = layers.Dense(1, activation="sigmoid")

    def call(self, h):
        for layer in self.stack:
            h = layer(h)
        return self.head(h)


model = Deep()
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
log = model.fit(x, y, batch_size=16, epochs=25, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
