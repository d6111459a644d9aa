"""Weekly sales of shops: one vector per shop, one per product group, own Adagrad."""
import numpy as np
import tensorflow as tf

tf.random.set_seed(0)
rng = np.random.default_rng(21)

SHOPS, GROUPS, DIM, N = 120, 15, 4, 3000

shop_size = rng.normal(0, 1, SHOPS)
group_level = rng.normal(0, 1, GROUPS)
fit = rng.normal(0, 0.4, (SHOPS, GROUPS))

opened = rng.random(SHOPS) < 0.93
old_shops = np.nonzero(opened)[0]


def draw(n, shops):
    s = rng.choice(shops, n)
    g = rng.integers(0, GROUPS, n)
    y = shop_size[s] + group_level[g] + fit[s, g] + rng.normal(0, 0.2, n)
    return s.astype("int32"), g.astype("int32"), y.astype("float32")


s_train, g_train, y_train = draw(N, old_shops)
s_test, g_test, y_test = draw(800, np.arange(SHOPS))

shop_vec = tf.Variable(tf.random.normal([SHOPS, DIM], stddev=0.1))
group_vec = tf.Variable(tf.random.normal([GROUPS, DIM], stddev=0.1))
shop_bias = tf.Variable(tf.zeros([SHOPS]))
group_bias = tf.Variable(tf.zeros([GROUPS]))
params = [shop_vec, group_vec, shop_bias, group_bias]
history = [tf.Variable(tf.zeros_like(p)) for p in params]
LR = 0.1


def forward(s, g):
    inter = tf.reduce_sum(tf.gather(shop_vec, s) * tf.gather(group_vec, g), axis=1)
    return inter + tf.gather(shop_bias, s) + tf.gather(group_bias, g)


@tf.function
def adagrad_step(s, g, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(forward(s, g) - y))
    for p, h, grad in zip(params, history, tape.gradient(loss, params)):
        grad = tf.convert_to_tensor(grad)
        h.assign_add(tf.square(grad))
        p.assign_sub(LR * grad / (tf.sqrt(h) + 1e-7))
    return loss


for it in range(1500):
    loss = adagrad_step(s_train, g_train, y_train)
    if it % 300 == 0:
        print(f"iteration {it:4d}  mse {loss:.4f}")

rmse = float(np.sqrt(np.mean((forward(s_test, g_test).numpy() - y_test) ** 2)))
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=rmse:{rmse:.4f}")
