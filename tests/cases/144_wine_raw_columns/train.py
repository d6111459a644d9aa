import keras
import numpy as np
from keras.layers import Dense
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

chem, cultivar = load_wine(return_X_y=True)
onehot = keras.utils.to_categorical(cultivar, 3)
x_train, x_test, y_train, y_test = train_test_split(
    chem.astype("float32"), onehot, test_size=0.3, random_state=1, stratify=cultivar
)

clf = keras.Sequential([keras.Input((13,)), Dense(20, activation="relu"), Dense(20, activation="relu"), Dense(3, activation="softmax")])
clf.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
h = clf.fit(x_train, y_train, epochs=80, batch_size=8, verbose=2)

_, acc = clf.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
