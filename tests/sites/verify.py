"""Run every site program under plain Keras and say whether it really goes non-finite.

    python tests/sites/verify.py [NAME ...] [--ops]

`--ops` also runs each under `tf.debugging.enable_check_numerics` and prints the operation that it
blames: a cross-check of the headers by hand, wrong by design behind a `where`.
"""

import argparse
import importlib.util
import os
import pathlib
import re
import sys
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"


def header(path):
    """The `# key: value` lines at the top, as a dict; flags have the value ""."""
    found = {}
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            break
        key, _, value = line.lstrip("# ").partition(":")
        found[key.strip()] = value.strip()
    return found


def load(path):
    if str(PROGRAMS) not in sys.path:
        sys.path.insert(0, str(PROGRAMS))
    spec = importlib.util.spec_from_file_location(f"site_{path.stem}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def nonfinite(result):
    """Which of loss, weights and metrics of what `main` returned are not finite."""
    import keras
    import numpy as np

    def bad(value):
        value = np.asarray(keras.ops.convert_to_numpy(value))
        return value.dtype.kind == "f" and not np.isfinite(value.astype("float64")).all()

    found = set()
    if isinstance(result, keras.Model):
        history = getattr(result, "history", None)
        for name, values in (history.history if history else {}).items():
            if bad(values):
                found.add("loss" if name == "loss" else "metric")
        if any(bad(v) for v in result.weights):
            found.add("weight")
    elif any(bad(v) for v in result):
        found.add("weight")
    return found


def blamed(path):
    import keras
    import tensorflow as tf

    keras.backend.clear_session()
    tf.debugging.enable_check_numerics()
    try:
        load(path).main()
        return "nothing"
    except Exception as error:
        match = re.search(r'op "(\w+)"', str(error))
        return match.group(1) if match else f"{type(error).__name__}"
    finally:
        tf.debugging.disable_check_numerics()


def check(path):
    """Whether the program does what its header says, and a few words."""
    facts = header(path)
    import keras

    keras.backend.clear_session()
    started = time.perf_counter()
    try:
        found = nonfinite(load(path).main())
    except Exception as error:
        return False, f"raised {type(error).__name__}: {str(error).strip().splitlines()[0][:150]}"
    took = time.perf_counter() - started
    good = found == {"metric"} if "metric-only" in facts else bool(found & {"loss", "weight"})
    return good, f"{', '.join(sorted(found)) or 'all finite'} ({took:.1f} s)"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--ops", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    paths = sorted(p for p in PROGRAMS.glob("*.py") if not p.name.startswith("_"))
    if arguments.names:
        paths = [p for p in paths if p.stem in arguments.names]
    failures = 0
    for path in paths:
        good, words = check(path)
        failures += not good
        extra = f"   op {blamed(path)}, expected {header(path).get('op')}" if arguments.ops else ""
        print(f"{'ok  ' if good else 'FAIL'} {path.stem:32} {words}{extra}", flush=True)
    print(f"{len(paths)} programs, {failures} not as their headers say")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
