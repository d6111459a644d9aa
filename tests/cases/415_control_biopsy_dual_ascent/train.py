import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

x, y = load_breast_cancer(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)
scaler = StandardScaler().fit(x_train)
x_train = scaler.transform(x_train).astype("float32")
x_test = scaler.transform(x_test).astype("float32")
y_train = y_train.astype("float32")

model = keras.Sequential([
    keras.Input((30,)),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(5e-3)
multiplier = tf.Variable(0.0)
BOUND = 0.02  # allowed mean loss on the malignant ones (class 0)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        logits = model(xb, training=True)[:, 0]
        each = tf.nn.sigmoid_cross_entropy_with_logits(labels=yb, logits=logits)
        benign = tf.reduce_sum(each * yb) / tf.maximum(tf.reduce_sum(yb), 1.0)
        malignant = tf.reduce_sum(each * (1 - yb)) / tf.maximum(tf.reduce_sum(1 - yb), 1.0)
        violation = malignant - BOUND
        lagrangian = benign + multiplier * violation
    grads = tape.gradient(lagrangian, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    # the multiplier goes up while the bound is exceeded
    multiplier.assign(tf.clip_by_value(multiplier + 0.05 * violation, 0.0, 50.0))
    return lagrangian, benign, malignant


ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(400, seed=2).batch(64)
for epoch in range(60):
    values = np.mean([[float(v) for v in step(xb, yb)] for xb, yb in ds], axis=0)
    if epoch % 5 == 4:
        print("epoch %d: lagrangian %.4f  benign %.4f  malignant %.4f  multiplier %.3f"
              % (epoch + 1, *values, float(multiplier)))

pred = model.predict(x_test, verbose=0)[:, 0] > 0
acc = np.mean([np.mean(pred[y_test == 1]), np.mean(~pred[y_test == 0])])


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in optimizer.variables])}")
print(f"FINAL_LOSS={values[0]}")
print(f"FINAL_METRIC=balanced_accuracy:{acc}")
