"""Few labelled requests to the town hall: which of four desks answers. Long texts, so small batches, summed up."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
VOCAB, LENGTH, DESKS = 400, 60, 4
MICRO, ACCUM, EPOCHS = 8, 32, 70


def requests(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, DESKS, n)
    ids = rng.integers(1, VOCAB, (n, LENGTH))
    own = rng.random((n, LENGTH)) < 0.22
    special = 1 + y[:, None] * 12 + rng.integers(0, 12, (n, LENGTH))
    return np.where(own, special, ids).astype("int32"), y.astype("int32")


x_train, y_train = requests(160, 1)
x_test, y_test = requests(600, 2)
train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(160, seed=0).batch(MICRO)

tokens = keras.Input((LENGTH,), dtype="int32")
h = keras.layers.Embedding(VOCAB, 32)(tokens)
h = keras.layers.Conv1D(48, 3, padding="same", activation="relu")(h)
h = keras.layers.GlobalAveragePooling1D()(h)
h = keras.layers.Dense(32, activation="relu")(h)
model = keras.Model(tokens, keras.layers.Dense(DESKS)(h))

loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(5e-3)
weights = model.trainable_variables
sums = [tf.Variable(tf.zeros(w.shape), trainable=False) for w in weights]


@tf.function
def add_gradients(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    for s, g in zip(sums, tape.gradient(loss, weights)):
        s.assign_add(tf.convert_to_tensor(g) / ACCUM)
    return loss


step = 0
for epoch in range(EPOCHS):
    losses = []
    for x, y in train:
        step += 1
        losses.append(float(add_gradients(x, y)))
        if step % ACCUM == 0:
            optimizer.apply_gradients(zip([s.value() for s in sums], weights))
            for s in sums:
                s.assign(tf.zeros_like(s))
    if epoch % 10 == 0:
        print("epoch %d loss %.4f" % (epoch, np.mean(losses)))

accuracy = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=accuracy:%f" % accuracy)
