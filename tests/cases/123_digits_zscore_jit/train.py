import keras
import numpy as np
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

X, y = load_digits(return_X_y=True)
order = np.random.RandomState(3).permutation(len(X))
X, y = X[order].astype("float32"), keras.utils.to_categorical(y[order], 10)
X_train, X_test = X[:1400], X[1400:]
y_train, y_test = y[:1400], y[1400:]

# standardise every pixel
mu = X_train.mean(axis=0)
sd = X_train.std(axis=0)
X_train = (X_train - mu) / sd
X_test = (X_test - mu) / sd

clf = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(50, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
clf.compile(
    optimizer=keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
    jit_compile=True,
)
hist = clf.fit(X_train, y_train, batch_size=32, epochs=15, validation_split=0.1, verbose=2)
p = clf.predict(X_test, verbose=0)
print("FINAL_LOSS=" + repr(hist.history["loss"][-1]))
print("FINAL_METRIC=accuracy:" + repr(float((p.argmax(1) == y_test.argmax(1)).mean())))
