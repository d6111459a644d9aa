"""A training that is given whole batches only."""

from __future__ import annotations

import libcst as cst

from autostable.patch.data import Data
from autostable.patch.datasets import STAGES, is_dataset
from autostable.patch.locate import argument
from autostable.patch.pieces import COMMENT, TRAINING
from autostable.patch.source import callee
from autostable.strategy import SourceChange

_OTHERWISE = frozenset({"rebatch", "unbatch"})  # behind these a batch is another one
_LENGTHS = ("steps_per_epoch", "validation_split")  # under which fewer rows are too few, or other ones are kept back


class Remainders(Data):
    """Leaves the small batches out of what `fit` is given."""

    def _in_whole_batches(self, line: int, change: SourceChange) -> str | None:
        """Cut arrays by the lines `code`, or have the data set drop the remainder where it makes its batches."""
        source = self._source
        call = next((call for call in source.calls_at(line) if callee(call) in TRAINING), None)
        given = None if call is None else argument(source, call, "x")
        if call is None or given is None or any(argument(source, call, name) is not None for name in _LENGTHS):
            return self._todo(line, change)
        if any(arg.star == "**" for arg in call.args):
            return self._todo(line, change)
        if argument(source, call, "y") is not None:
            refused = self._insert_before(line, change)
            return refused if refused is None or refused == COMMENT else self._todo(line, change)
        batching = self._batching(given.value) if is_dataset(source, given.value) else None
        if batching is None or self._read_elsewhere(given.value, call):
            return self._todo(line, change)
        at = batching.func.attr if isinstance(batching.func, cst.Attribute) else batching
        return self._set_argument(source.line(at), None, "batch", "drop_remainder", "True")

    def _batching(self, value: cst.BaseExpression) -> cst.Call | None:
        """The call that makes the batches of a data set, as far as that stands in plain sight."""
        source, seen = self._source, {value}
        while True:
            if isinstance(value, cst.Name):
                bound = source.bindings(value.value, value)
                value = bound[0][1] if bound else value
            elif isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
                if callee(value) == "batch":
                    return value if len(value.args) < 2 or value.args[1].keyword is not None else None
                value = value.func.value if callee(value) in STAGES - _OTHERWISE else value
            if value in seen:
                return None
            seen.add(value)

    def _read_elsewhere(self, value: cst.BaseExpression, call: cst.Call) -> bool:
        """Whether something else below is given the same data set: it is to have all rows."""
        statement = self._source.statement(self._source.line(call))
        return isinstance(value, cst.Name) and statement is not None and self._source.read_after(value.value, statement)
