# regression predictive modelling problem, trained with plain momentum SGD
import keras
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from sklearn.datasets import make_regression
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

X, y = make_regression(n_samples=1000, n_features=20, noise=0.1, random_state=1)
n_train = 500
trainX, testX = X[:n_train, :], X[n_train:, :]
trainy, testy = y[:n_train], y[n_train:]


class Regressor(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = Dense(25, activation="relu", kernel_initializer="he_uniform")
        self.head = Dense(1, activation="linear")

    def call(self, inputs):
        return self.head(self.hidden(inputs))


model = Regressor()
opt = keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)
model.compile(loss="mean_squared_error", optimizer=opt)
history = model.fit(trainX, trainy, validation_data=(testX, testy), epochs=100, verbose=2)

train_mse = model.evaluate(trainX, trainy, verbose=0)
test_mse = model.evaluate(testX, testy, verbose=0)
print("Train: %.3f, Test: %.3f" % (train_mse, test_mse))
guess = model.predict(testX, verbose=0).ravel()
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_score(testy, guess) if np.isfinite(guess).all() else float('nan')}")
