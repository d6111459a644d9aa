import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

X, y = load_breast_cancer(return_X_y=True)
X = X.astype("float32")
# a few readings were not taken
X[rng.choice(len(X), 40), rng.integers(0, 30, 40)] = np.nan
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)

fill = np.nanmedian(X_train, axis=0)
X_train = np.where(np.isnan(X_train), fill, X_train)
X_test = np.where(np.isnan(X_test), fill, X_test)

scale = layers.Normalization()
scale.adapt(X_train)

model = keras.Sequential([
    keras.Input((30,)),
    scale,
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
bce = keras.losses.BinaryCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(1e-3)
data = (tf.data.Dataset.from_tensor_slices((X_train, y_train.astype("float32")[:, None]))
        .shuffle(400, seed=0).batch(32))


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        loss = bce(yb, model(xb, training=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(40):
    mean = np.mean([float(step(xb, yb)) for xb, yb in data])
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {mean:.4f}")

logit = model.predict(X_test, verbose=0).ravel()
hit = (logit > 0) == (y_test == 1)
acc = 0.5 * (hit[y_test == 1].mean() + hit[y_test == 0].mean())
print(f"FINAL_LOSS={mean:.6g}")
print(f"FINAL_METRIC=balanced_accuracy:{acc:.4f}")
