"""Eight bean varieties from twelve shape measures of the conveyor camera."""
import numpy as np
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)
K, D = 8, 12
centres = rng.normal(0, 1.5, (K, D))
mix = rng.normal(0, 1, (K, D, D)) * 0.3 + np.eye(D)
label = rng.integers(0, K, 5200)
shape = centres[label] + np.einsum("nd,nde->ne", rng.normal(0, 0.9, (5200, D)), mix[label])
shape = (shape - shape.mean(0)) / shape.std(0)


class Beans(keras.utils.PyDataset):
    def __init__(self, x, y, size=64, **kw):
        super().__init__(**kw)
        self.x, self.y, self.size = x, y, size
        self.order = np.arange(len(x))

    def __len__(self):
        return len(self.x) // self.size

    def __getitem__(self, i):
        rows = self.order[i * self.size:(i + 1) * self.size]
        return self.x[rows].astype("float32"), self.y[rows]

    def on_epoch_end(self):
        np.random.shuffle(self.order)


class BeanNet(keras.Model):
    def __init__(self, widths, classes):
        super().__init__()
        start = keras.initializers.RandomUniform(-0.05, 0.05)
        self.hidden = [keras.layers.Dense(w, activation="relu", kernel_initializer=start) for w in widths]
        self.out = keras.layers.Dense(classes, activation="softmax")

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)


net = BeanNet([96, 64], K)
net.compile(keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
run = net.fit(Beans(shape[:4200], label[:4200]), epochs=22, verbose=2)

p = net.predict(shape[4200:].astype("float32"), verbose=0)
print("FINAL_LOSS=%f" % run.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % np.mean(p.argmax(1) == label[4200:]))
