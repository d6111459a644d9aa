# A parcel shows its destination tag when it enters the belt; the sorter at the other end
# only sees belt noise until a flag tells it to decide.
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)
STEPS, TAGS = 50, 4


class BeltData(keras.utils.PyDataset):
    def __init__(self, batches, **kwargs):
        super().__init__(**kwargs)
        self.batches = batches

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        return make(64)


def make(n):
    tag = rng.integers(0, TAGS, n)
    x = np.zeros((n, STEPS, TAGS + 2), "float32")
    x[:, :, TAGS] = rng.normal(0, 0.3, (n, STEPS))
    for step in range(2):
        x[np.arange(n), step, tag] = 1.0
    x[:, -1, TAGS + 1] = 1.0
    return x, tag


class PlainCell(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, self.units), initializer="orthogonal", name="recurrent")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs, states):
        new = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent) + self.bias)
        return new, [new]


inputs = keras.Input((STEPS, TAGS + 2))
h = layers.RNN(PlainCell(48))(inputs)
outputs = layers.Dense(TAGS, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3, clipnorm=1.0),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(BeltData(60), epochs=8, verbose=2)

x_test, t_test = make(1000)
accuracy = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == t_test))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
