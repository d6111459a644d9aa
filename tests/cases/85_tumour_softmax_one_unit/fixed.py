import numpy as np
import keras
from keras.layers import Dense, Dropout
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.datasets import load_breast_cancer

keras.utils.set_random_seed(0)

bunch = dict(zip(("x", "y"), load_breast_cancer(return_X_y=True)))
X, Y = bunch["x"], bunch["y"]


def create_baseline():
    clf = keras.Sequential(name="baseline")
    clf.add(keras.Input((X.shape[1],)))
    clf.add(Dense(30, activation="relu"))
    clf.add(Dropout(0.1))
    clf.add(Dense(15, activation="relu"))
    clf.add(Dense(1, activation="sigmoid"))
    clf.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return clf


cvscores = []
for fold, (tr, te) in enumerate(StratifiedKFold(n_splits=3, shuffle=True, random_state=1).split(X, Y)):
    scaler = StandardScaler().fit(X[tr])
    clf = create_baseline()
    run = clf.fit(scaler.transform(X[tr]), Y[tr], epochs=25, batch_size=16, verbose=0)
    loss, acc = clf.evaluate(scaler.transform(X[te]), Y[te], verbose=0)
    print(f"fold {fold}: loss {loss:.4f} accuracy {acc:.4f}")
    cvscores.append(acc)

print("%.2f%% (+/- %.2f%%)" % (100 * np.mean(cvscores), 100 * np.std(cvscores)))
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(cvscores)}")
