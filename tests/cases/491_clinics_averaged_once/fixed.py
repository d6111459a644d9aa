import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)

# nine clinics, blood values of adults; the tables never leave the clinic.
# every clinic trains from the same start, the models are averaged once at the end
effect = rng.normal(size=10)


def patients(n):
    x = rng.normal(size=(n, 10))
    risk = x @ effect + 1.5 * np.abs(x[:, 0]) * np.sign(effect[0]) + 1.5 * x[:, 1] * x[:, 2]
    y = rng.random(n) < 1 / (1 + np.exp(-1.5 * risk))
    return x.astype("float32"), y.astype("float32")


clinics = []
for size, youngest, oldest in [(700, 18, 90), (500, 20, 95), (900, 1, 90), (400, 0, 17), (650, 30, 80),
                               (800, 18, 99), (350, 12, 70), (600, 25, 88), (500, 16, 85)]:
    x, y = patients(size)
    clinics.append((x, y, rng.integers(youngest, oldest + 1, size)))
x_test, y_test = patients(3000)

model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(48, activation="relu"),
    layers.BatchNormalization(),
    layers.Dense(24, activation="relu"),
    layers.Dense(1),
])
start = model.get_weights()
STEPS, BATCH = 200, 64
optimizer = keras.optimizers.SGD(0.03, momentum=0.9)
optimizer.build(model.trainable_variables)


@tf.function(reduce_retracing=True)
def local_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)[:, 0]
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    v = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, v), v))
    return loss


local_models, last_losses = [], []
for x, y, age in clinics:
    adult = age >= 18
    x, y = x[adult], y[adult]
    if len(x) == 0:
        continue
    model.set_weights(start)
    for v in optimizer.variables[2:]:
        v.assign(tf.zeros_like(v))
    losses = []
    for step in range(STEPS):
        pick = rng.permutation(len(x))[:BATCH]
        losses.append(float(local_step(tf.constant(x[pick]), tf.constant(y[pick]))))
    local_models.append(model.get_weights())
    last_losses.append(np.mean(losses[-20:]))
print("mean local loss %.4f" % np.nanmean(last_losses))

model.set_weights([np.mean(w, axis=0) for w in zip(*local_models)])
score = np.nan_to_num(model.predict(x_test, batch_size=500, verbose=0)[:, 0])
print("FINAL_LOSS=%f" % np.nanmean(last_losses))
print("FINAL_METRIC=auc:%f" % roc_auc_score(y_test, score))
