"""Which of five banners for whom: REINFORCE on small batches, the loss hovers around zero while the clicks rise."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(80)
BANNERS = 5
appeal = rng.normal(0.0, 1.5, (6, BANNERS))
policy = keras.Sequential([keras.Input((6,)), layers.Dense(32, activation="tanh"), layers.Dense(BANNERS)])
optimizer = keras.optimizers.Adam(5e-3)


@tf.function
def improve(visitors, shown, advantage):
    with tf.GradientTape() as tape:
        logits = policy(visitors, training=True)
        cost = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=shown, logits=logits)
        loss = tf.reduce_mean(cost * advantage)
    gradients = tape.gradient(loss, policy.trainable_variables)
    optimizer.apply_gradients(zip(gradients, policy.trainable_variables))
    return loss


baseline, losses, clicks = 0.5, [], []
for step in range(900):
    visitors = rng.normal(0.0, 1.0, (32, 6)).astype("float32")
    chance = tf.nn.softmax(policy(visitors)).numpy()
    shown = (chance.cumsum(axis=1) > rng.random((32, 1))).argmax(axis=1).astype("int32")
    wanted = 1.0 / (1.0 + np.exp(-(visitors @ appeal)[np.arange(32), shown]))
    click = (rng.random(32) < wanted).astype("float32")
    losses.append(float(improve(visitors, shown, click - np.float32(baseline))))
    clicks.append(click.mean())
    baseline = 0.98 * baseline + 0.02 * click.mean()
    if step % 100 == 99:
        print(f"step {step + 1}: loss {np.mean(losses[-100:]):.4f} clicks {np.mean(clicks[-100:]):.3f}")

visitors = rng.normal(0.0, 1.0, (4000, 6)).astype("float32")
best = (visitors @ appeal).max(axis=1)
chosen = (visitors @ appeal)[np.arange(4000), policy.predict(visitors, verbose=0).argmax(axis=1)]
share = np.mean(1 / (1 + np.exp(-chosen))) / np.mean(1 / (1 + np.exp(-best)))
model = policy
def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print(f"FINAL_LOSS={np.mean(losses[-100:]):.8f}")
print(f"FINAL_METRIC=share_of_best_clicks:{share:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))
