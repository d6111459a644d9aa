"""Which maker, place and period belong to a museum piece: entities and relations as vectors, head + relation = tail."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
ENTITIES, RELATIONS, DIM = 240, 6, 24

# entity 0 stands for "unknown" and does not occur in the triples
hidden = rng.normal(size=(ENTITIES, 6))
hidden /= np.linalg.norm(hidden, axis=1, keepdims=True)
moves = rng.normal(size=(RELATIONS, 6)) * 0.7
triples = []
for head in range(1, ENTITIES):
    for relation in range(RELATIONS):
        far = np.linalg.norm(hidden[head] + moves[relation] - hidden, axis=1)
        far[[0, head]] = np.inf
        triples += [(head, relation, tail) for tail in np.argsort(far)[:3]]
triples = np.array(triples, "int32")[rng.permutation(len(triples))]
train, test = triples[:-500], triples[-500:]


def first_vectors(n):
    v = rng.uniform(-6 / np.sqrt(DIM), 6 / np.sqrt(DIM), (n, DIM))
    return (v / np.linalg.norm(v, axis=1, keepdims=True)).astype("float32")


start = first_vectors(ENTITIES)
start[0] = 0.0
entity = tf.Variable(start, name="entity")
relation = tf.Variable(first_vectors(RELATIONS), name="relation")
optimizer = keras.optimizers.Adam(0.01)


def distance(h, r, t):
    gap = tf.gather(entity, h) + tf.gather(relation, r) - tf.gather(entity, t)
    return tf.reduce_sum(tf.square(gap), axis=-1)


@tf.function
def step(good, wrong_tail):
    with tf.GradientTape() as tape:
        near = distance(good[:, 0], good[:, 1], good[:, 2])
        far = distance(good[:, 0], good[:, 1], wrong_tail)
        loss = tf.reduce_mean(tf.nn.relu(0.5 + near - far))
    grads = tape.gradient(loss, [entity, relation])
    optimizer.apply_gradients(zip(grads, [entity, relation]))
    entity.assign(entity / tf.maximum(tf.norm(entity, axis=1, keepdims=True), 1e-6))
    return loss


for epoch in range(40):
    order = rng.permutation(len(train))
    losses = []
    for s in range(0, len(train) - 127, 128):
        rows = train[order[s : s + 128]]
        losses.append(float(step(rows, rng.integers(1, ENTITIES, len(rows)).astype("int32"))))
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

goal = entity.numpy()[test[:, 0]] + relation.numpy()[test[:, 1]]
score = -8.0 * ((goal[:, None] - entity.numpy()[None]) ** 2).sum(axis=-1)
score -= score.max(axis=1, keepdims=True)
log_probability = score[np.arange(len(test)), test[:, 2]] - np.log(np.exp(score).sum(axis=1))
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=log_probability:{log_probability.mean():.4f}")
