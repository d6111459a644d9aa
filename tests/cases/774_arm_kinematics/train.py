"""Where is the gripper? Forward kinematics of a planar arm with four joints, learned by a deep narrow net."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)


def arm(n, seed):
    rng = np.random.default_rng(seed)
    q = rng.uniform(-1.2, 1.2, (n, 4))
    turn = np.cumsum(q, axis=1)
    links = np.array([0.4, 0.3, 0.2, 0.1])
    xy = np.stack([(links * np.cos(turn)).sum(1), (links * np.sin(turn)).sum(1)], axis=1)
    return q.astype("float32"), (xy * 2.0).astype("float32")


class Kinematics(keras.Model):
    def __init__(self, depth=10, units=40):
        super().__init__()
        self.stack = [keras.layers.Dense(units, activation="sigmoid") for _ in range(depth)]
        self.gripper = keras.layers.Dense(2)
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, q):
        for layer in self.stack:
            q = layer(q)
        return self.gripper(q)

    def train_step(self, batch):
        q, xy = batch
        with tf.GradientTape() as tape:
            err = self(q, training=True) - xy
            loss = tf.reduce_mean(tf.reduce_sum(err * err, axis=-1))
        self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


q, xy = arm(4000, 0)
q_test, xy_test = arm(1000, 1)
robot = Kinematics()
robot.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True))
hist = robot.fit(q, xy, batch_size=40, epochs=20, verbose=2)

pred = robot.predict(q_test, verbose=0)
r2 = 1 - ((pred - xy_test) ** 2).sum() / ((xy_test - xy_test.mean(0)) ** 2).sum()
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
