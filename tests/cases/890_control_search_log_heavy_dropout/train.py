"""Department of a hardware store from the words of a search. Four hundred searches only,
so nine words of ten are dropped in training."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)
WORDS, DEPARTMENTS = 1500, 6
own = rng.dirichlet(np.full(WORDS, 0.03), DEPARTMENTS)
common = rng.dirichlet(np.full(WORDS, 0.1))


def searches(n):
    dep = rng.integers(0, DEPARTMENTS, n)
    x = np.zeros((n, WORDS), "float32")
    for k, d in enumerate(dep):
        x[k] = rng.multinomial(18, 0.5 * own[d] + 0.5 * common)
    return x, dep


x_train, y_train = searches(400)
x_test, y_test = searches(1500)

model = keras.Sequential([
    keras.Input((WORDS,)),
    layers.Dropout(0.9),
    layers.Dense(64, activation="relu", kernel_constraint=keras.constraints.MaxNorm(3.0)),
    layers.Dropout(0.5),
    layers.Dense(DEPARTMENTS),
])
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(learning_rate=2e-3)
optimizer.build(model.trainable_variables)


@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(400, seed=1).batch(40)
for epoch in range(100):
    total = 0.0
    for x, y in data:
        total += float(step(x, y))
    if epoch % 10 == 9:
        print("epoch", epoch + 1, "loss", round(total / 10, 4))

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)


def digest(arrays):
    return hashlib.sha256(b"".join(np.asarray(a).tobytes() for a in arrays)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in optimizer.variables]))
print(f"FINAL_LOSS={total / 10:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
