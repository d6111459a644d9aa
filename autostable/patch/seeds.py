"""Other seeds than those that a program sets itself: the same program, another draw."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst import metadata

# What takes a seed as its first argument, by the whole name and by the name in a library that goes by several.
_SEEDERS = frozenset({
    "random.seed", "random.Random", "numpy.random.seed", "numpy.random.default_rng", "numpy.random.RandomState",
    "numpy.random.SeedSequence", "numpy.random.PCG64", "numpy.random.MT19937", "numpy.random.Philox",
    "tensorflow.random.set_seed", "tensorflow.compat.v1.set_random_seed", "tensorflow.random.Generator.from_seed",
    "tensorflow.keras.utils.set_random_seed", "tensorflow.keras.random.SeedGenerator", "keras.utils.set_random_seed",
    "keras.random.SeedGenerator", "keras.src.utils.rng_utils.set_random_seed", "jax.random.PRNGKey", "torch.manual_seed",
})  # fmt: skip
_KEYWORDS = ("seed", "random_state")
# A keyword is changed in calls of these only: in a function of the program's own its value comes to one of them anyway,
# and moved twice it could meet another seed (the test rows would be the training rows).
_LIBRARIES = ("numpy", "tensorflow", "keras", "keras_tuner", "sklearn", "pandas", "random")
_METHODS = ("shuffle", "sample", "train_test_split")


def with_other_seeds(text: str, shift: int) -> tuple[str, int]:
    """A program with another number added to each seed that it sets; lines stay where they are.

    Args:
        text: The program.
        shift: What is added: the same everywhere, so that seeds that differ go on differing.

    Returns:
        The program, and how many places set a seed.
    """
    try:
        wrapper = metadata.MetadataWrapper(cst.parse_module(text))
    except (cst.ParserSyntaxError, RecursionError):
        return text, 0
    shifted = _Shifted(shift)
    return wrapper.visit(shifted).code, shifted.places


class _Shifted(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (metadata.QualifiedNameProvider,)

    def __init__(self, shift: int) -> None:
        super().__init__()
        self.places = 0
        self._shift = shift

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        names = {
            each.name
            for each in self.get_metadata(metadata.QualifiedNameProvider, original_node.func, set())
            if each.source is metadata.QualifiedNameSource.IMPORT
        }
        seeds = not names.isdisjoint(_SEEDERS)
        library = any(name.partition(".")[0] in _LIBRARIES for name in names) or _method(original_node) in _METHODS
        arguments = list(updated_node.args)
        for place, argument in enumerate(arguments):
            word = argument.keyword.value if argument.keyword is not None else None
            first = place == 0 and word is None and not argument.star
            if (seeds and (first or word in ("x", "entropy", "a", *_KEYWORDS))) or (library and word in _KEYWORDS):
                arguments[place] = argument.with_changes(value=self._other(argument.value))
        return updated_node.with_changes(args=_same(updated_node.args, arguments))

    def _other(self, seed: cst.BaseExpression) -> cst.BaseExpression:
        """The seed at run time and more; what is no whole number (None, a generator, a key) is as it was."""
        if isinstance(seed, cst.Name) and seed.value == "None":
            return seed
        self.places += 1
        moved = f'(lambda seed: (int(seed) + {self._shift}) % 2**32 if hasattr(seed, "__index__") else seed)'
        return cst.Call(cst.parse_expression(moved), [cst.Arg(seed)])


def _method(call: cst.Call) -> str | None:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else None


def _same(before: Sequence[cst.Arg], after: list[cst.Arg]) -> Sequence[cst.Arg]:
    return before if all(one is other for one, other in zip(before, after, strict=True)) else after
