"""Route support tickets to one of eight teams, TF-IDF rows and a linear softmax."""
import numpy as np
import keras
from sklearn.feature_extraction.text import TfidfVectorizer

keras.utils.set_random_seed(0)
rs = np.random.RandomState(6)

common = ["word%d" % i for i in range(800)]
teams = ["net", "mail", "print", "hr", "erp", "badge", "phone", "web"]
topic = {t: ["%s%d" % (t, i) for i in range(60)] for t in teams}


def ticket(team):
    other = teams[rs.randint(8)]
    words = list(rs.choice(common, 22)) + list(rs.choice(topic[team], rs.randint(1, 6))) \
        + list(rs.choice(topic[other], rs.randint(0, 3)))
    rs.shuffle(words)
    return " ".join(words)


y = rs.randint(0, 8, 5000)
texts = [ticket(teams[k]) for k in y]
vec = TfidfVectorizer(sublinear_tf=True)
A = vec.fit_transform(texts[:4000]).astype("float32")
B = vec.transform(texts[4000:]).astype("float32").toarray()


def batches(size=40):
    while True:
        rows = rs.permutation(4000)
        for s in range(0, 4000, size):
            r = rows[s:s + size]
            yield A[r].toarray(), y[r]


clf = keras.Sequential([
    keras.Input((A.shape[1],)),
    keras.layers.Dense(8, activation="softmax", kernel_initializer="zeros",
                       kernel_regularizer=keras.regularizers.L2(1e-5)),
])
clf.compile(optimizer=keras.optimizers.SGD(learning_rate=10.0),
            loss="sparse_categorical_crossentropy", metrics=["accuracy"])
res = clf.fit(batches(), steps_per_epoch=100, epochs=10, verbose=2)

acc = float((clf.predict(B, verbose=0).argmax(1) == y[4000:]).mean())
print("FINAL_LOSS=%.6f" % res.history["loss"][-1])
print("FINAL_METRIC=accuracy:%.4f" % acc)
