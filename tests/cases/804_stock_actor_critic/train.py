"""A shop orders 0 to 4 crates each evening. Actor and critic share a body and learn from many shops in parallel."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)
SHOPS, GAMMA, ROUNDS, HORIZON = 64, 0.9, 120, 8
PRICE, COST, SPOIL = 120.0, 50.0, 40.0


def view(stock, season):
    return np.stack([stock / 8.0, np.sin(season), np.cos(season)], axis=1).astype("float32")


def evening(stock, season, order):
    demand = rng.poisson(2.0 + 1.5 * np.sin(season))
    stock = np.minimum(stock + order, 8)
    sold = np.minimum(stock, demand)
    left = stock - sold
    profit = PRICE * sold - COST * order - SPOIL * left
    return left, season + 2 * np.pi / 14, profit


shop = keras.Input((3,))
body = layers.Dense(64, activation="relu")(shop)
body = layers.Dense(64, activation="relu")(body)
agent = keras.Model(shop, {"order": layers.Dense(5)(body), "value": layers.Dense(1)(body)})
optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)


@tf.function
def improve(seen, orders, returns):
    with tf.GradientTape() as tape:
        out = agent(seen)
        value = out["value"][:, 0]
        advantage = tf.stop_gradient(returns - value)
        log_p = tf.nn.log_softmax(out["order"])
        chosen = tf.gather(log_p, orders, batch_dims=1)
        entropy = -tf.reduce_sum(tf.exp(log_p) * log_p, axis=1)
        loss = tf.reduce_mean(-advantage * chosen + 0.5 * (returns - value) ** 2 - 0.01 * entropy)
    optimizer.apply(tape.gradient(loss, agent.trainable_variables), agent.trainable_variables)
    return loss


def fresh():
    return rng.integers(0, 5, SHOPS).astype(float), rng.uniform(0, 2 * np.pi, SHOPS)


stock, season = fresh()
for turn in range(ROUNDS):
    seen, orders, profits = [], [], []
    for _ in range(HORIZON):
        v = view(stock, season)
        logits = agent(v)["order"].numpy()
        order = np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)
        stock, season, profit = evening(stock, season, order)
        seen.append(v), orders.append(order), profits.append(profit)
    running = agent(view(stock, season))["value"].numpy()[:, 0]
    returns = []
    for profit in reversed(profits):
        running = profit + GAMMA * running
        returns.insert(0, running)
    loss = improve(np.concatenate(seen), np.concatenate(orders), np.concatenate(returns).astype("float32"))
    if turn % 25 == 24:
        print(f"round {turn + 1}: loss {float(loss):.3f}, profit {np.mean(profits):.1f}")

stock, season = fresh()
earned = []
for _ in range(60):
    order = np.argmax(agent(view(stock, season))["order"].numpy(), axis=1)
    stock, season, profit = evening(stock, season, order)
    earned.append(profit)
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=profit:{np.mean(earned):.2f}")
