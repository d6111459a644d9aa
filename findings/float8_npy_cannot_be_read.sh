#!/usr/bin/env bash
# ml_dtypes 0.6.0 with NumPy 2.4.6: numpy.save writes an array of ml_dtypes.float8_e5m2 without a word into a file that
# numpy.load then refuses (its header says "<f1", a type that NumPy has not), with ml_dtypes imported as well as without.
# Its sister float8_e4m3fn and bfloat16 come back, but as raw bytes ("|V1", "|V2") on which arithmetic raises; .view of
# the right type brings their numbers back. What helps: save array.view(numpy.uint8) and view it again, or save float32.
#
# Output seen:
#   float8_e5m2 cannot be read: descr is not a valid dtype descriptor: '<f1'
#   float8_e4m3fn is read as |V1, viewed again [1.0, 2.0]
#   bfloat16 is read as |V2, viewed again [1.0, 2.0]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 ml_dtypes==0.6.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import ml_dtypes
import numpy as np


def told(kind):
    name = np.dtype(kind).name
    np.save("kept.npy", np.array([1.0, 2.0]).astype(kind))
    try:
        read = np.load("kept.npy")
    except ValueError as error:
        print(name, "cannot be read:", error)
        return None
    print(name, "is read as", read.dtype.str + ", viewed again", read.view(kind).astype(float).tolist())
    return read.dtype.str


assert told(ml_dtypes.float8_e5m2) is None
assert told(ml_dtypes.float8_e4m3fn) == "|V1"
assert told(ml_dtypes.bfloat16) == "|V2"
PYTHON
