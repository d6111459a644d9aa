import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

ATOMS, KINDS = 10, 4
ATOM_ENERGY = np.array([-1310.0, -99900.0, -143600.0, -197100.0])  # H C N O, kJ/mol
BOND_ENERGY = np.array([[430, 410, 390, 460], [410, 350, 300, 360], [390, 300, 160, 200], [460, 360, 200, 140]])


def molecules(count, seed):
    g = np.random.default_rng(seed)
    kind = g.choice(KINDS, size=(count, ATOMS), p=[0.4, 0.35, 0.1, 0.15])
    bonds = np.triu(g.random((count, ATOMS, ATOMS)) < 0.22, k=1)
    bonds = (bonds | bonds.transpose(0, 2, 1)).astype("float32")
    energy = ATOM_ENERGY[kind].sum(axis=1)
    pair = BOND_ENERGY[kind[:, :, None], kind[:, None, :]]
    energy -= 0.5 * (bonds * pair).sum(axis=(1, 2))
    return np.eye(KINDS, dtype="float32")[kind], bonds, energy.astype("float32")


class Message(keras.layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.own = keras.layers.Dense(width)
        self.neighbours = keras.layers.Dense(width, use_bias=False)

    def call(self, nodes, bonds):
        degree = tf.reduce_sum(bonds, axis=-1, keepdims=True) + 1.0
        return tf.nn.gelu(self.own(nodes) + self.neighbours(bonds @ nodes / degree))


class EnergyNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.m1, self.m2 = Message(32), Message(32)
        self.readout = keras.layers.Dense(1)
        self.average = keras.metrics.Mean(name="huber")

    def call(self, inputs):
        nodes, bonds = inputs
        nodes = self.m2(self.m1(nodes, bonds), bonds)
        return tf.reduce_mean(self.readout(nodes)[..., 0], axis=-1)

    def train_step(self, batch):
        inputs, energy = batch
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.huber(energy[:, None], self(inputs, training=True)[:, None]))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.average.update_state(loss)
        return {"huber": self.average.result()}


nodes, bonds, energy = molecules(2000, 1)
t_nodes, t_bonds, t_energy = molecules(500, 2)

net = EnergyNet()
net.compile(optimizer=keras.optimizers.Adam(0.002))
hist = net.fit((nodes, bonds), energy, batch_size=40, epochs=20, verbose=2)

guess = net((t_nodes, t_bonds)).numpy()
r2 = 1 - np.sum((guess - t_energy) ** 2) / np.sum((t_energy - t_energy.mean()) ** 2)
print(f"FINAL_LOSS={float(hist.history['huber'][-1])}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
