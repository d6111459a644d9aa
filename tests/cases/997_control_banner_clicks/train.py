import keras
import numpy as np
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
g = np.random.RandomState(17)

USERS, BANNERS = 120, 60
u_taste = g.normal(0, 0.55, (USERS, 3))
b_taste = g.normal(0, 0.55, (BANNERS, 3))
b_bias = g.normal(0, 0.35, BANNERS)


def impressions(n):
    u, b = g.randint(0, USERS, n), g.randint(0, BANNERS, n)
    logit = (u_taste[u] * b_taste[b]).sum(1) + b_bias[b] - 0.1
    prob = 1 / (1 + np.exp(-logit))
    return u, b, (g.rand(n) < prob).astype("float32"), prob


u_tr, b_tr, y_tr, _ = impressions(60000)
u_te, b_te, y_te, p_te = impressions(8000)

iu = keras.Input((1,), dtype="int32")
ib = keras.Input((1,), dtype="int32")
eu = keras.layers.Flatten()(keras.layers.Embedding(USERS, 3, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.3))(iu))
eb = keras.layers.Flatten()(keras.layers.Embedding(BANNERS, 3, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.3))(ib))
bb = keras.layers.Flatten()(keras.layers.Embedding(BANNERS, 1)(ib))
z = keras.layers.Add()([keras.layers.Dot(axes=1)([eu, eb]), bb])
click = keras.layers.Activation("sigmoid")(z)
model = keras.Model([iu, ib], click)
model.compile(keras.optimizers.Adagrad(learning_rate=0.8), "binary_crossentropy")

B = 300
for ep in range(14):
    perm = g.permutation(len(y_tr))
    tot = []
    for k in range(0, len(perm), B):
        j = perm[k:k + B]
        tot.append(float(model.train_on_batch([u_tr[j, None], b_tr[j, None]], y_tr[j, None])))
        model.reset_metrics()
    print(ep + 1, "logloss", round(float(np.mean(tot)), 4))

out = model.predict([u_te[:, None], b_te[:, None]], verbose=0, batch_size=2000)[:, 0]
print("auc with the true click rates:", roc_auc_score(y_te, p_te))
print("FINAL_LOSS=%f" % np.mean(tot))
print("FINAL_METRIC=auc:%f" % roc_auc_score(y_te, out))
