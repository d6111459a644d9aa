"""Leaf species from measured outlines; the targets come from scikit-learn's LabelBinarizer."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelBinarizer, StandardScaler

keras.utils.set_random_seed(0)

SPECIES = np.array(["alder", "ash", "beech", "birch", "elm", "hazel", "lime", "oak"])
X, k = make_classification(n_samples=4000, n_features=24, n_informative=14, n_redundant=4,
                           n_classes=8, n_clusters_per_class=1, class_sep=1.6, random_state=6)
names = SPECIES[k]
X_train, X_test, n_train, n_test = train_test_split(X, names, test_size=0.25, random_state=1, stratify=names)

scaler = StandardScaler().fit(X_train)
X_train = scaler.transform(X_train).astype("float32")
X_test = scaler.transform(X_test).astype("float32")

binarizer = LabelBinarizer(neg_label=-1, pos_label=1)
Y_train = binarizer.fit_transform(n_train).astype("float32")
print("target matrix", Y_train.shape, "classes", list(binarizer.classes_))

train_ds = (tf.data.Dataset.from_tensor_slices((X_train, Y_train))
            .shuffle(3000, seed=0).batch(50).prefetch(1))

model = keras.Sequential([
    keras.Input((24,)),
    layers.Dense(64, activation="relu"),
    layers.BatchNormalization(),
    layers.Dense(32, activation="relu"),
    layers.Dense(8, activation="softmax"),
])
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="categorical_crossentropy",
)
history = model.fit(train_ds, epochs=25, verbose=2)

found = binarizer.classes_[model.predict(X_test, verbose=0).argmax(axis=1)]
for name in SPECIES:
    print(f"{name:6s} true {np.sum(n_test == name):4d} found {np.sum(found == name):4d}")
accuracy = float(np.mean(found == n_test))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
