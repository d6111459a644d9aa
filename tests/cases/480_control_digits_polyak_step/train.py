import hashlib
import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
x, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(
    (x / 16).astype("float32"), y.astype("int32"), test_size=0.25, random_state=0, stratify=y)

model = keras.Sequential([
    keras.layers.Input((64,)),
    keras.layers.Dense(96, activation="tanh"),
    keras.layers.Dense(10),
])
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
# the step is set from the loss itself, f / ||g||^2, at most 20
opt = keras.optimizers.SGD(1.0)
ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1500, seed=0).batch(64)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        loss = loss_fn(yb, model(xb, training=True))
    grads = tape.gradient(loss, model.trainable_variables)
    sq = tf.add_n([tf.reduce_sum(g * g) for g in grads])
    rate = tf.minimum(0.5 * loss / (sq + 1e-8), 20.0)
    opt.learning_rate.assign(rate)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss, rate


for epoch in range(40):
    out = [step(xb, yb) for xb, yb in ds]
    losses = [float(a) for a, _ in out]
    rates = [float(b) for _, b in out]
    if epoch % 5 == 4:
        print(epoch + 1, np.mean(losses), "rates", min(rates), max(rates))

acc = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test))
sha = lambda ws: hashlib.sha256(b"".join(np.asarray(w).tobytes() for w in ws)).hexdigest()
print(f"WEIGHTS_SHA256={sha(model.get_weights())}")
print(f"OPTIMIZER_SHA256={sha([v.numpy() for v in opt.variables])}")
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{acc}")
