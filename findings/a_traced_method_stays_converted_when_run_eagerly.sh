#!/usr/bin/env bash
# TensorFlow 2.21.0: tf.config.run_functions_eagerly(True) is what its documentation offers for stepping through a tf.function
# with a debugger. Of a function that is right: its own lines run. Of a method that was traced before (the train step of a class,
# decorated with @tf.function, called once) it is not: what runs eagerly then is what AutoGraph had made of it, from a file
# /tmp/__autograph_generated_file....py. Breakpoints in the program are never met, tracebacks and profilers name lines that nobody
# wrote, and a sys.settrace or a frame walk finds no line of the method. A method that was not traced yet runs its own lines, and
# so does a traced one under tf.autograph.experimental.do_not_convert.
#
# Output seen:
#   function, traced before: program.py
#   method, not traced before: program.py
#   method, traced before: generated
#   the same under do_not_convert: program.py
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0
cat > "$folder/program.py" <<'PYTHON'
import os
import sys

import tensorflow as tf

seen = []


def note():
    name = os.path.basename(sys._getframe(1).f_code.co_filename)
    seen.append("generated" if name.startswith("__autograph_generated_file") else name)


@tf.function
def function(x):
    note()
    return x + 1.0


class Trainer:
    @tf.function
    def step(self, x):
        note()
        return x + 1.0


def eagerly(call):
    tf.config.run_functions_eagerly(True)
    seen.clear()
    call(tf.constant(1.0))
    tf.config.run_functions_eagerly(False)
    return seen[-1]


traced, fresh = Trainer(), Trainer()
function(tf.constant(1.0))
traced.step(tf.constant(1.0))
found = {
    "function, traced before": eagerly(function),
    "method, not traced before": eagerly(fresh.step),
    "method, traced before": eagerly(traced.step),
    "the same under do_not_convert": eagerly(tf.autograph.experimental.do_not_convert(traced.step)),
}
for name, value in found.items():
    print(f"{name}: {value}")
assert list(found.values()) == ["program.py", "program.py", "generated", "program.py"]
PYTHON
CUDA_VISIBLE_DEVICES= TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" "$folder/program.py"
