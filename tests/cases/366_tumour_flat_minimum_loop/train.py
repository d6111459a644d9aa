# Breast cancer data with a hinge loss and sharpness-aware steps (climb a little first, then descend from there).
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

x, y = load_breast_cancer(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=1, stratify=y)
scaler = StandardScaler().fit(x_train)
x_train = scaler.transform(x_train).astype("float32")
x_test = scaler.transform(x_test).astype("float32")
s_train = (2 * y_train[:, None] - 1).astype("float32")     # hinge labels: -1 and 1

model = keras.Sequential([
    keras.Input((30,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(1),
])
optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
hinge = keras.losses.Hinge()
RHO = 0.05

batches = tf.data.Dataset.from_tensor_slices((x_train, s_train)).shuffle(500, seed=0).batch(32)


@tf.function
def sam_step(xb, sb):
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        loss = hinge(sb, model(xb, training=True))
    grads = tape.gradient(loss, variables)
    scale = RHO / tf.linalg.global_norm(grads)
    climb = [g * scale for g in grads]
    for v, e in zip(variables, climb):
        v.assign_add(e)
    with tf.GradientTape() as tape:
        worst = hinge(sb, model(xb, training=True))
    grads = tape.gradient(worst, variables)
    for v, e in zip(variables, climb):
        v.assign_sub(e)
    optimizer.apply_gradients(zip(grads, variables))
    return loss


for epoch in range(40):
    losses = [float(sam_step(xb, sb)) for xb, sb in batches]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: hinge {np.mean(losses):.4f}")

margin = model.predict(x_test, verbose=0)[:, 0]
accuracy = np.mean((margin > 0) == (y_test == 1))
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
