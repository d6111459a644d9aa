import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

# which household takes up which coupon
N_HOUSE, N_COUPON = 400, 120
house_taste = rng.normal(size=(N_HOUSE, 3))
coupon_taste = rng.normal(size=(N_COUPON, 3))


def draw(n):
    h = rng.integers(0, N_HOUSE, n)
    c = rng.integers(0, N_COUPON, n)
    ctx = rng.normal(size=(n, 4)).astype("float32")
    score = 1.6 * np.sum(house_taste[h] * coupon_taste[c], 1) + 1.2 * ctx[:, 0] * ctx[:, 1]
    y = (rng.random(n) < 1 / (1 + np.exp(-score))).astype("float32")
    return {"household": h[:, None], "coupon": c[:, None], "context": ctx}, y


train, y_train = draw(24000)
test, y_test = draw(6000)

house_in = keras.Input((1,), dtype="int32", name="household")
coupon_in = keras.Input((1,), dtype="int32", name="coupon")
ctx_in = keras.Input((4,), name="context")
eh = layers.Flatten()(layers.Embedding(N_HOUSE, 8)(house_in))
ec = layers.Flatten()(layers.Embedding(N_COUPON, 8)(coupon_in))
x = layers.Concatenate()([eh, ec, layers.Multiply()([eh, ec]), ctx_in])
x = layers.Dense(64, activation="relu")(x)
x = layers.Dense(32, activation="relu")(x)
out = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model([house_in, coupon_in, ctx_in], out)

model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01),
              loss="binary_crossentropy", metrics=["AUC"])
hist = model.fit(train, y_train, batch_size=128, epochs=6, verbose=2)

auc = roc_auc_score(y_test, model.predict(test, batch_size=512, verbose=0)[:, 0])
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=auc:%f" % auc)
