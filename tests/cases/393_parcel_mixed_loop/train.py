import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")

d = np.load(os.path.join(os.environ.get("CASE_DATA", "data"), "mnist_t10k.npz"))
x = d["x"][:5000, ::2, ::2].reshape(5000, -1).astype("float32") / 255.0
y = d["y"][:5000].astype("int32")
x_train, y_train, x_test, y_test = x[:4000], y[:4000], x[4000:], y[4000:]

inputs = keras.Input((x.shape[1],))
h = layers.Dense(96, activation="relu")(inputs)
h = layers.Dense(48, activation="relu")(h)
h = layers.Dense(10)(h)
outputs = layers.Activation("linear", dtype="float32")(h)
model = keras.Model(inputs, outputs)

loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
# float16 needs loss scaling
optimizer = keras.mixed_precision.LossScaleOptimizer(optimizer)
optimizer.build(model.trainable_variables)

train_ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(4000, seed=1).batch(64)


@tf.function
def train_step(xb, yb):
    with tf.GradientTape() as tape:
        logits = model(xb, training=True)
        loss = loss_fn(yb, logits)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(12):
    losses = [float(train_step(xb, yb)) for xb, yb in train_ds]
    pred = model.predict(x_test, batch_size=500, verbose=0).argmax(-1)
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}  test acc {np.mean(pred == y_test):.3f}")

print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{np.mean(pred == y_test)}")
