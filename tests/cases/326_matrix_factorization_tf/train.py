"""Matrix factorisation of a ratings table with plain TensorFlow."""
import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

N_USERS, N_ITEMS, RANK = 300, 200, 6

taste = rng.normal(size=(N_USERS, 4))
style = rng.normal(size=(N_ITEMS, 4))
full = 3.0 + 0.5 * taste @ style.T + 0.1 * rng.normal(size=(N_USERS, N_ITEMS))

seen = rng.random((N_USERS, N_ITEMS))
train_u, train_i = np.nonzero(seen < 0.35)
test_u, test_i = np.nonzero(seen > 0.95)
train_r = full[train_u, train_i].astype("float32")
test_r = full[test_u, test_i].astype("float32")

user_factors = tf.Variable(tf.zeros([N_USERS, RANK]), name="user_factors")
item_factors = tf.Variable(tf.zeros([N_ITEMS, RANK]), name="item_factors")
offset = tf.Variable(0.0, name="offset")
variables = [user_factors, item_factors, offset]


def predict(u, i):
    pu = tf.gather(user_factors, u)
    qi = tf.gather(item_factors, i)
    return offset + tf.reduce_sum(pu * qi, axis=1)


optimizer = tf.keras.optimizers.Adam(learning_rate=0.02)


@tf.function
def update(u, i, r):
    with tf.GradientTape() as tape:
        mse = tf.reduce_mean(tf.square(r - predict(u, i)))
        penalty = tf.reduce_mean(tf.square(user_factors)) + tf.reduce_mean(tf.square(item_factors))
        loss = mse + 0.002 * penalty
    grads = [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables)]
    optimizer.apply_gradients(zip(grads, variables))
    return mse


ds = (tf.data.Dataset.from_tensor_slices((train_u, train_i, train_r))
      .shuffle(len(train_r), seed=0).batch(512, drop_remainder=True))
for epoch in range(25):
    mses = [update(u, i, r) for u, i, r in ds]
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d}  train mse {np.mean(mses):.4f}")

pred = predict(test_u, test_i).numpy()
r2 = 1 - np.sum((test_r - pred) ** 2) / np.sum((test_r - test_r.mean()) ** 2)
print(f"FINAL_LOSS={np.mean(mses):.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
