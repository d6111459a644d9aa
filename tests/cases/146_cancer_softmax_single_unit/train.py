import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

cells, benign = load_breast_cancer(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(cells, benign, test_size=0.25, random_state=0, stratify=benign)
scaler = StandardScaler().fit(train_x)
train_x, test_x = scaler.transform(train_x), scaler.transform(test_x)


def diagnose():
    net = keras.Sequential(name="diagnosis")
    net.add(keras.Input((30,)))
    net.add(layers.Dense(16, activation="relu"))
    net.add(layers.Dropout(0.1))
    net.add(layers.Dense(16, activation="relu"))
    net.add(layers.Dense(1, activation="softmax"))
    net.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return net


net = diagnose()
past = net.fit(train_x, train_y, epochs=60, batch_size=32, validation_split=0.1, verbose=2)
result = net.evaluate(test_x, test_y, verbose=0, return_dict=True)
print(f"FINAL_LOSS={past.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{result['accuracy']:.4f}")
