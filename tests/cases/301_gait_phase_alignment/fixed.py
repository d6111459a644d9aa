import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(301)

n, steps, feats, phases = 500, 40, 6, 4
centre = rng.normal(size=(phases, feats)) * 1.5
bounds = np.sort(np.stack([rng.choice(np.arange(2, steps - 1), 3, replace=False) for _ in range(n)]), 1)
truth = (np.arange(steps)[None, :, None] >= bounds[:, None]).sum(-1)
signal = (centre[truth] + rng.normal(size=(n, steps, feats))).astype("float32")

transition = np.array([[0.9, 0.1, 0.0, 0.0],
                       [0.0, 0.9, 0.1, 0.0],
                       [0.0, 0.0, 0.9, 0.1],
                       [0.0, 0.0, 0.0, 1.0]], "float32")
log_trans = tf.math.log(transition + 1e-8)
log_start = tf.math.log(tf.constant([1.0, 0.0, 0.0, 0.0]) + 1e-8)

inputs = keras.Input((steps, feats))
x = layers.Conv1D(24, 3, padding="same", activation="relu")(inputs)
x = layers.Dense(24, activation="relu")(x)
outputs = layers.Dense(phases)(x)


class PhaseModel(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.nll = keras.metrics.Mean(name="nll")

    def log_partition(self, emit):
        alpha = log_start + emit[:, 0]
        for t in range(1, steps):
            alpha = tf.reduce_logsumexp(alpha[:, :, None] + log_trans, axis=1) + emit[:, t]
        return tf.reduce_logsumexp(alpha, axis=1)

    def path_score(self, emit, path):
        along = tf.reduce_sum(tf.gather(emit, path, axis=2, batch_dims=2), axis=1)
        moves = tf.stack([path[:, :-1], path[:, 1:]], -1)
        return along + tf.reduce_sum(tf.gather_nd(log_trans, moves), axis=1)

    def train_step(self, data):
        x, path = data
        with tf.GradientTape() as tape:
            emit = self(x, training=True)
            loss = tf.reduce_mean(self.log_partition(emit) - self.path_score(emit, path)) / steps
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.nll.update_state(loss)
        return {"nll": self.nll.result()}


model = PhaseModel(inputs=inputs, outputs=outputs)
model.compile(optimizer=keras.optimizers.Adam(3e-3))
history = model.fit(signal[:400], truth[:400].astype("int32"), epochs=15, batch_size=32, verbose=2)



def best_path(emit):
    score, back = log_start.numpy() + emit[0], []
    for t in range(1, steps):
        options = score[:, None] + log_trans.numpy()
        back.append(options.argmax(0))
        score = options.max(0) + emit[t]
    path = [score.argmax()]
    for pointer in reversed(back):
        path.append(pointer[path[-1]])
    return path[::-1]


pred = np.array([best_path(e) for e in model.predict(signal[400:], verbose=0)])
acc = np.mean(pred == truth[400:])
print(f"FINAL_LOSS={history.history['nll'][-1]}")
print(f"FINAL_METRIC=frame_accuracy:{acc}")
