import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
x = (load_digits().images[..., None] / 16.0).astype("float32")
xt, xv = x[:1400], x[1400:]

RHO = 0.08
BETA = 0.0005


class SparseCode(layers.Layer):
    """Penalty on the mean activity of every code cell over the batch."""

    def call(self, h):
        q = ops.mean(h, axis=0)
        kl = RHO * ops.log(RHO / q) + (1.0 - RHO) * ops.log((1.0 - RHO) / (1.0 - q))
        self.add_loss(BETA * ops.sum(kl))
        return h


inp = keras.Input((8, 8, 1))
h = layers.Conv2D(8, 3, padding="same", activation="sigmoid")(inp)
h = SparseCode()(h)
out = layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid")(h)
auto = keras.Model(inp, out)

auto.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy")
hist = auto.fit(xt, xt, epochs=20, batch_size=16, validation_data=(xv, xv), verbose=2)

rec = auto.predict(xv, verbose=0)
rmse = float(np.sqrt(np.mean((rec - xv) ** 2)))
print("FINAL_LOSS=%r" % float(hist.history["loss"][-1]))
print("FINAL_METRIC=rmse:%r" % rmse)
