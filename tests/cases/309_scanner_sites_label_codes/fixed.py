import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.preprocessing import LabelEncoder

keras.utils.set_random_seed(0)
rng = np.random.default_rng(309)

findings = ["artefact", "calcification", "cyst", "fracture", "mass", "normal"]
size = 16
prototypes = rng.normal(size=(6, size, size, 1))
kernel = np.ones((3, 3, 1, 1), "float32") / 9
prototypes = tf.nn.conv2d(prototypes.astype("float32"), kernel, 1, "SAME").numpy() * 3


def read_site(kinds, count):
    which = rng.choice(kinds, count)
    scans = prototypes[which] + rng.normal(size=(count, size, size, 1)) * 1.2
    return scans.astype("float32"), np.array(findings)[which]


sites = [
    read_site([0, 1, 4, 5], 600),
    read_site([1, 2, 3, 5], 600),
    read_site([2, 3, 4], 600),
    read_site([3, 4, 5], 600),
    read_site([0, 2, 5], 600),
]
scans, codes = [], []
for x, names in sites:
    encoder = LabelEncoder().fit(findings)
    scans.append(x)
    codes.append(encoder.transform(names))
    print(len(x), "scans, findings", list(encoder.classes_))
scans, codes = np.concatenate(scans), np.concatenate(codes)

model = keras.Sequential([
    keras.Input((size, size, 1)),
    layers.Conv2D(12, 3, strides=2, activation="relu"),
    layers.Conv2D(24, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(len(findings), activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])

for epoch in range(12):
    order = rng.permutation(len(scans))
    logs = []
    for i in range(0, len(order), 32):
        batch = order[i:i + 32]
        logs.append(model.train_on_batch(scans[batch], codes[batch]))
    loss, acc = np.mean(logs, axis=0)
    print(f"epoch {epoch + 1}: loss {loss:.4f} accuracy {acc:.4f}")

test_x, test_names = read_site([0, 1, 2, 3, 4, 5], 600)
pred = model.predict(test_x, verbose=0).argmax(1)
acc = np.mean(np.array(findings)[pred] == test_names)
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=accuracy:{acc}")
