# VPN / non-VPN traffic from flow statistics (23 columns, balanced sample)
import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense, Dropout, Input
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

n = 6000
vpn = rng.integers(0, 2, n)
duration = rng.gamma(2.0, 4.0 + 2.5 * vpn)
iat = rng.lognormal(-2.0 + 0.5 * vpn[:, None], 0.6, (n, 8))
sizes = rng.normal(620 + 140 * vpn[:, None], 210, (n, 8))
burst = rng.poisson(5 + 3 * vpn[:, None], (n, 4))
rest = rng.normal(0, 1, (n, 2))
X = np.column_stack([duration, iat, sizes, burst, rest])
y = vpn

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
scaler = MinMaxScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)

model = Sequential()
model.add(Input(shape=(X_train.shape[1],)))
model.add(Dense(64, activation='tanh'))
model.add(Dropout(0.3))
model.add(Dense(64, activation='tanh'))
model.add(Dropout(0.3))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])

history = model.fit(X_train, y_train, validation_data=(X_test, y_test),
                    epochs=20, batch_size=64, verbose=2)

pred = (model.predict(X_test, verbose=0)[:, 0] > 0.5).astype(int)
acc = float(np.mean(pred == y_test))
print('FINAL_LOSS=%g' % history.history['loss'][-1])
print('FINAL_METRIC=accuracy:%.4f' % acc)
