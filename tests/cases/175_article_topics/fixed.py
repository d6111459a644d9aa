import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import f1_score

keras.utils.set_random_seed(0)

counts, topics = make_multilabel_classification(
    n_samples=3000, n_features=60, n_classes=9, n_labels=4, length=120, random_state=7
)
x = np.log1p(counts).astype("float32")
y = topics.astype("float32")
x_train, y_train, x_test, y_test = x[:2400], y[:2400], x[2400:], y[2400:]

model = keras.Sequential([
    keras.Input((60,)),
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.1),
    layers.Dense(9, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_data=(x_test, y_test), verbose=2)

flags = model.predict(x_test, verbose=0) > 0.5
f1 = f1_score(y_test, flags, average="micro")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=micro_f1:{f1}")
