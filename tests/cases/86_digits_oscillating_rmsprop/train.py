import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

archive = dict(zip(("x", "y"), load_digits(return_X_y=True)))
X_train, X_test, y_train, y_test = train_test_split(archive["x"] / 16.0, archive["y"], test_size=0.3, random_state=0)
Y_train = keras.utils.to_categorical(y_train, 10)

lr = 0.1
model = keras.models.Sequential([
    layers.Input((64,)),
    layers.Dense(128),
    layers.Activation("relu"),
    layers.Dense(64),
    layers.Activation("relu"),
    layers.Dense(10),
    layers.Activation("softmax"),
])
opt = keras.optimizers.RMSprop(learning_rate=lr)
model.compile(optimizer=opt, loss="categorical_crossentropy", metrics=["accuracy"])

callbacks = [keras.callbacks.EarlyStopping(monitor="loss", patience=25)]
H = model.fit(X_train, Y_train, validation_split=0.1, batch_size=16, epochs=30, callbacks=callbacks, verbose=2)

answer = np.argmax(model.predict(X_test, verbose=0), axis=1)
print("FINAL_LOSS=" + str(H.history["loss"][-1]))
print("FINAL_METRIC=accuracy:" + str(np.mean(answer == y_test)))
