# Tell four kinds of small files apart from their raw bytes, read one after the other.
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
random = np.random.default_rng(12)
READ = 128


def one_file(kind):
    parts = []
    while sum(map(len, parts)) < READ:
        word = "".join(random.choice(list("abcdefghijklmnop"), random.integers(2, 7)))
        number = str(random.integers(0, 9999))
        parts.append([
            f"{number},{word},{number}\n",
            f"<{word}>{number}</{word}>",
            f'"{word}": {number}, ',
            f"{word} = {number}; ",
        ][kind])
    start = random.integers(0, 8)
    return np.frombuffer("".join(parts).ljust(READ + 8).encode()[start : start + READ], dtype=np.uint8)


def files(n):
    kinds = random.integers(0, 4, n)
    raw = np.stack([one_file(k) for k in kinds]).astype("int32")
    swap = random.random(raw.shape) < 0.1  # bad sectors
    raw[swap] = random.integers(32, 127, swap.sum())
    return raw, kinds


class ResidualCell(keras.layers.Layer):
    """0.8 state + f(W state + U input)"""

    def __init__(self, units):
        super().__init__()
        self.units = self.state_size = self.output_size = units
        self.mix = keras.layers.Dense(units, activation="relu")

    def build(self, shape):
        self.mix.build((None, shape[-1] + self.units))
        self.built = True

    def call(self, inputs, states):
        state = 0.8 * states[0] + 0.2 * self.mix(tf.concat([inputs, states[0]], axis=-1))
        return state, [state]


raw, kinds = files(1600)
raw_test, kinds_test = files(400)

bytes_in = keras.Input((READ,), dtype="int32")
vec = keras.layers.Embedding(128, 16)(bytes_in)
vec = keras.layers.RNN(ResidualCell(40))(vec)
reader = keras.Model(bytes_in, keras.layers.Dense(4)(vec))
opt = keras.optimizers.RMSprop(learning_rate=0.002)


@tf.function
def learn(b, k):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(k, reader(b, training=True)))
    opt.apply_gradients(zip(tape.gradient(loss, reader.trainable_weights), reader.trainable_weights))
    return loss


for epoch in range(8):
    data = tf.data.Dataset.from_tensor_slices((raw, kinds)).shuffle(1600, seed=epoch).batch(40)
    mean = keras.metrics.Mean()
    for b, k in data:
        mean.update_state(learn(b, k))
    print("epoch", epoch, "loss", float(mean.result()))

said = np.argmax(reader.predict(raw_test, verbose=0), axis=-1)
print(f"FINAL_LOSS={float(mean.result())}")
print(f"FINAL_METRIC=accuracy:{np.mean(said == kinds_test):.4f}")
