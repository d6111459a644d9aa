import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
rng = np.random.default_rng(1)

# contextual bandit: each slip (8x8 scan) has to go to one of ten desks,
# but some desks are closed at the time; reward 1 for the right desk
data = load_digits()
x = (data.data / 16.0).astype("float32")
y = data.target.astype("int32")
open_desk = (rng.random((len(x), 10)) < 0.7).astype("float32")
open_desk[np.arange(len(x)), y] = 1.0
xt, xv = x[:1300], x[1300:]
yt, yv = y[:1300], y[1300:]
mt, mv = open_desk[:1300], open_desk[1300:]

actor = keras.Sequential([keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(10)])
critic = keras.Sequential([keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(1)])
opt_a = keras.optimizers.Adam(3e-3)
opt_c = keras.optimizers.Adam(3e-3)
ENT = 0.01


@tf.function
def step(s, mask, right):
    logits = actor(s) + (mask - 1.0) * 1e9
    noise = -tf.math.log(-tf.math.log(tf.random.uniform(tf.shape(logits), 1e-6, 1.0 - 1e-6)))
    act = tf.argmax(logits + noise, axis=-1, output_type=tf.int32)
    reward = tf.cast(tf.equal(act, right), tf.float32)
    with tf.GradientTape() as tc:
        v = critic(s, training=True)[:, 0]
        value_loss = tf.reduce_mean(tf.square(reward - v))
    gc = tc.gradient(value_loss, critic.trainable_variables)
    opt_c.apply_gradients(zip(gc, critic.trainable_variables))
    adv = tf.stop_gradient(reward - v)
    with tf.GradientTape() as ta:
        logits = actor(s, training=True) + (mask - 1.0) * 1e9
        prob = tf.nn.softmax(logits)
        logp = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=act, logits=logits)
        entropy = -tf.reduce_sum(prob * tf.math.log(prob), axis=-1)
        policy_loss = -tf.reduce_mean(logp * adv + ENT * entropy)
    ga = ta.gradient(policy_loss, actor.trainable_variables)
    opt_a.apply_gradients(zip(ga, actor.trainable_variables))
    return value_loss, tf.reduce_mean(reward)


ds = tf.data.Dataset.from_tensor_slices((xt, mt, yt)).shuffle(1300, seed=0).batch(50)
for epoch in range(60):
    vl, rw = [], []
    for s, m, r in ds:
        a, b = step(s, m, r)
        vl.append(float(a))
        rw.append(float(b))
    if epoch % 10 == 9:
        print("epoch %d value loss %.4f reward %.3f" % (epoch + 1, np.mean(vl), np.mean(rw)))

choice = np.argmax(actor.predict(xv, verbose=0) + (mv - 1.0) * 1e9, axis=1)
print("FINAL_LOSS=%r" % float(np.mean(vl)))
print("FINAL_METRIC=accuracy:%r" % float(np.mean(choice == yv)))
