import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

USERS, SONGS, RANK = 300, 200, 6
taste = rng.normal(0, 0.7, (USERS, 3))
style = rng.normal(0, 0.7, (SONGS, 3))
quality = rng.normal(0, 0.5, SONGS)
popularity = rng.zipf(1.6, SONGS).astype(float) ** 0.7
popularity = popularity / popularity.sum()
user = rng.integers(0, USERS, 9000)
song = rng.choice(SONGS, size=9000, p=0.8 * popularity + 0.2 / SONGS)
rating = 3.5 + quality[song] + (taste[user] * style[song]).sum(1) + rng.normal(0, 0.3, 9000)
rating = rating.astype("float32")

released_late = np.arange(SONGS) >= 190
train = ~released_late[song]
train[rng.permutation(9000)[:1000]] = False
test = ~train

average = float(rating[train].mean())
user_bias = tf.Variable(tf.zeros(USERS))
song_bias = tf.Variable(tf.zeros(SONGS))
user_factors = tf.Variable(tf.random.normal((USERS, RANK), stddev=0.1, seed=1))
song_factors = tf.Variable(tf.random.normal((SONGS, RANK), stddev=0.1, seed=2))
variables = [user_bias, song_bias, user_factors, song_factors]
history = [tf.Variable(tf.zeros_like(v)) for v in variables]
RATE = 0.1


def predict(u, s):
    match = tf.reduce_sum(tf.gather(user_factors, u) * tf.gather(song_factors, s), axis=1)
    return average + tf.gather(user_bias, u) + tf.gather(song_bias, s) + match


u_train, s_train, r_train = user[train], song[train], rating[train]


@tf.function
def adagrad_step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(predict(u_train, s_train) - r_train))
    for v, h, g in zip(variables, history, tape.gradient(loss, variables)):
        g = tf.convert_to_tensor(g)
        h.assign_add(tf.square(g))
        v.assign_sub(RATE * g / tf.sqrt(h))
    return loss


for step in range(400):
    loss = float(adagrad_step())
    if step % 50 == 49:
        print(f"step {step + 1}: loss {loss:.4f}")

rmse = np.sqrt(np.mean((predict(user[test], song[test]).numpy() - rating[test]) ** 2))
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=rmse:{rmse}")
