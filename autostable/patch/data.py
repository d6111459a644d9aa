"""What a training is given: lines before `fit`, other labels, data sets that go through a function."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from autostable.patch.arguments import Arguments
from autostable.patch.boundary import receiver
from autostable.patch.datasets import is_dataset, is_generator, is_py_dataset
from autostable.patch.locate import argument
from autostable.patch.pieces import COMMENT, NO_PLACE, TIGHT, TRAINING, alone, not_ours
from autostable.patch.source import Scope, callee
from autostable.strategy import SourceChange

# what may be given a name of its own before the statement
_EXPRESSIONS = (
    cst.Name | cst.Attribute | cst.Subscript | cst.Call | cst.BinaryOperation | cst.UnaryOperation | cst.IfExp
)

THROUGH = """\
class Through(keras.utils.PyDataset):
    def __init__(self, inner, function):
        super().__init__()
        self.inner, self.function = inner, function

    def __len__(self):
        return len(self.inner)

    def __getitem__(self, index):
        return self.function(*tf.nest.map_structure(tf.convert_to_tensor, self.inner[index]))

    def on_epoch_end(self):
        self.inner.on_epoch_end()
"""


class Data(Arguments):
    """Changes what `fit`, validation and evaluation are given."""

    def _insert_before(self, line: int, change: SourceChange) -> str | None:
        source, code = self._source, change.code
        statement = source.statement(line)
        # keras-tuner's search hands its arguments to fit
        names = TRAINING if change.name in ("", "fit") else (change.name,)
        call = next((call for call in source.calls_at(line) if callee(call) in names), None)
        if not isinstance(statement, cst.SimpleStatementLine) or call is None or not alone(source, statement):
            return NO_PLACE
        paired = all(argument(source, call, name) for name in ("x", "y"))
        if change.inline and not paired:
            done = self._through_function(call, statement, change)
            return None if done else self._remark(line, code)
        lines: list[str] = []
        before = dict(self._pieces), dict(self._taken)
        for keyword, place in (("x", "{x}"), ("y", "{y}"), ("sample_weight", "{w}")):
            if place not in code:
                continue
            # without a target the first argument is a data set or a generator
            if keyword != "sample_weight" and not paired:
                return self._remark(line, code)
            written = argument(source, call, keyword)
            if written is None:
                code = "\n".join(entry for entry in code.splitlines() if place not in entry)
                continue
            depends = self._values.unsettled(written.value) if change.fitted and not self._values.once(call) else None
            if depends is not None:
                self._pieces, self._taken = before
                return (
                    f"its numbers are those of one training's data, and {not_ours(source.code(written.value), depends)}"
                )
            variable = self._variable(call, keyword, statement, lines)
            if variable is None:
                self._pieces, self._taken = before
                return self._remark(line, change.code)
            code = code.replace(place, variable)
        parts = self._parts_held(call, statement, code, lines)
        if parts is None:
            self._pieces, self._taken = before
            return self._remark(line, change.code)
        code = parts
        treated = self._for_validation(call, statement, code, lines)
        if treated is None:
            self._pieces, self._taken = before
            return self._remark(line, change.code)
        code = self._without_clashes(treated, set(self._taken.values()))
        self._put_before(statement, [*lines, *self._with_modules(code).splitlines()])
        return None

    def _parts_held(
        self, call: cst.Call, statement: cst.SimpleStatementLine, code: str, lines: list[str]
    ) -> str | None:
        """The code with variables for `{x0}`, `{y1}`: parts of several inputs or targets that the call lists.

        Returns:
            None where it does not list them.
        """
        at = self._source.span(call)[0]
        for keyword, number in sorted(set(re.findall(r"\{([xy])(\d+)\}", code))):
            written = argument(self._source, call, keyword)
            listed = written.value if written is not None else None
            if not isinstance(listed, cst.Tuple | cst.List) or int(number) >= len(listed.elements):
                return None
            value = listed.elements[int(number)].value
            name = {"x": "inputs", "y": "targets"}[keyword]
            variable = self._held((at, keyword + number), value, f"{name}_{number}", statement, lines)
            if variable is None:
                return None
            code = code.replace(f"{{{keyword}{number}}}", variable)
        return code

    def _for_validation(
        self, call: cst.Call, statement: cst.SimpleStatementLine, code: str, lines: list[str]
    ) -> str | None:
        """The lines for `{x_val}` and `{y_val}`, where the call gives a pair; without them where it gives nothing.

        Returns:
            None where validation data is given that cannot be treated as the training's is.
        """
        source = self._source
        if "_val}" not in code:
            return code
        written = argument(source, call, "validation_data")
        if written is None:
            if any(arg.star for arg in call.args):
                return None
            return "\n".join(line for line in code.splitlines() if "_val}" not in line)
        value, pair = written.value, written.value
        if isinstance(value, cst.Name):
            pair = next((found for _, found in source.bindings(value.value, call)), value)
        if not isinstance(pair, cst.Tuple) or len(pair.elements) < 2 or (pair is not value and len(pair.elements) > 2):
            return None
        if len(pair.elements) > 2 and "{y_val}[" in code:
            return None  # weights of rows that are left out
        at = source.span(call)[0]
        if pair is not value and (at, "x_val") not in self._taken:
            names = source.fresh("val_inputs"), source.fresh("val_targets")
            start, end = source.span(value)
            self._put(("value", start), start, end, "({}, {})".format(*names))
            lines.append("{}, {} = {}".format(*names, source.code(value)))
            self._taken[at, "x_val"], self._taken[at, "y_val"] = names
        for number, keyword in enumerate(("x_val", "y_val")):
            place = f"{{{keyword}}}"
            if place in code:
                ours = argument(source, call, keyword[0])
                if ours is not None and source.code(ours.value) == source.code(pair.elements[number].value):
                    # the same data, treated already
                    start, end = source.span(pair.elements[number].value)
                    self._put(("value", start), start, end, self._taken[at, keyword[0]])
                    code = "\n".join(line for line in code.splitlines() if place not in line)
                    continue
                name = ("val_inputs", "val_targets")[number]
                variable = self._held((at, keyword), pair.elements[number].value, name, statement, lines)
                if variable is None:
                    return None
                code = code.replace(place, variable)
        return code

    def _variable(
        self, call: cst.Call, keyword: str, statement: cst.SimpleStatementLine, lines: list[str]
    ) -> str | None:
        """A variable that holds an argument and may be given a new value before the statement."""
        written = argument(self._source, call, keyword)
        if written is None:
            return None
        at = self._source.span(call)[0], keyword
        return self._held(
            at, written.value, {"x": "inputs", "y": "targets", "sample_weight": "weights"}[keyword], statement, lines
        )

    def _held(
        self, at: tuple[int, str], value: cst.BaseExpression, name: str, statement: cst.CSTNode, lines: list[str]
    ) -> str | None:
        source, text = self._source, self._source.code(value)
        if at in self._taken:
            return self._taken[at]
        if not isinstance(value, _EXPRESSIONS):
            return None
        scope: Scope = source.scope(statement)
        alone = isinstance(value, cst.Name) and source.binds(scope, text) and not source.looped(statement)
        if alone and not source.read_after(text, statement):
            self._taken[at] = text
            return text
        name = source.fresh(name)
        start, end = source.span(value)
        self._put(("value", start), start, end, name)
        lines.append(f"{name} = {text}")
        self._taken[at] = name
        return name

    def _remark(self, line: int, code: str) -> str:
        self._done = False
        self._note(line, f"TODO(autostable): {_comment_of(code)}{self._uses()}")
        return COMMENT if self._done else NO_PLACE

    # -- data sets ------------------------------------------------------------------------------

    def _through_function(self, call: cst.Call, statement: cst.CSTNode, change: SourceChange) -> bool:
        """Map the data sets that a training reads through a function of a batch, `change.inline`, if they are data sets."""
        given = [argument(self._source, call, name) for name in ("x", "validation_data")]
        found = [written.value for written in given if written is not None]
        if not change.inline or not found or not all(self._is_stream(value) for value in found):
            return False
        code = self._with_modules(self._without_clashes(change.inline, set()))
        name = re.findall(r"^def (\w+)", code, re.M)[-1]
        self._put_before(statement, [*code.splitlines(), *self._through(found, name)])
        return True

    def _is_stream(self, value: cst.BaseExpression) -> bool:
        return any(test(self._source, value) for test in (is_dataset, is_py_dataset, is_generator))

    def _through(self, streams: Sequence[cst.BaseExpression], function: str) -> list[str]:
        """Have data sets, `PyDataset`s and generators go through a function of a batch; the definitions that this needs."""
        lines: list[str] = []
        for value in streams:
            if is_dataset(self._source, value):
                self._behind(value, f".map({function})")
            elif is_generator(self._source, value):
                tensors = self._with_modules("tf.nest.map_structure(tf.convert_to_tensor, batch)")
                self._put_into(value, f"(({function})(*{tensors}) for batch in {{}})")
            else:
                lines = self._with_modules(self._without_clashes(THROUGH, set())).splitlines()
                kind = lines[0].partition("(")[0].removeprefix("class ")
                self._put_into(value, f"{kind}({{}}, {function})")
        return lines

    def _behind(self, value: cst.BaseExpression, stages: str) -> None:
        """Put stages behind a data set."""
        start, end = self._source.span(value)
        simple = isinstance(value, cst.Name | cst.Attribute | cst.Call | cst.Subscript)
        self._put(("map", start, end, "before"), start, start, "" if simple else "(", start - end)
        self._put(("map", start, end, "behind"), end, end, f"{'' if simple else ')'}{stages}", end - start)

    def _shuffle(self, line: int, change: SourceChange) -> str | None:
        """Have a training shuffle its arrays, or its data set through the stages `code`."""
        call = next((call for call in self._source.calls_at(line) if callee(call) in TRAINING), None)
        given = None if call is None else argument(self._source, call, "x")
        if call is None or given is None:
            return self._todo(line, change)
        if argument(self._source, call, "y") is not None:
            return self._set_argument(line, change.site.column, change.name, "shuffle", "True")
        if not is_dataset(self._source, given.value):
            return self._todo(line, change)
        self._behind(given.value, change.code)
        return None

    def _map_labels(self, line: int, change: SourceChange) -> str | None:
        """Give training, validation and evaluation other labels: `code` of `{}`, `inline` of a tensor `{}`."""
        source = self._source
        calls = [call for call in source.calls_at(line) if callee(call) in TRAINING]
        trainings = [call for call in source.nodes(cst.Call) if callee(call) in TRAINING]
        owners = {receiver(source, call) for call in calls}
        calls += [
            call
            for call in source.nodes(cst.Call)
            if callee(call) == "evaluate" and (len(trainings) == 1 or receiver(source, call) in owners)
        ]
        labels: list[cst.BaseExpression] = []
        streams: list[cst.BaseExpression] = []
        for call in calls:
            given, target, unseen = (argument(source, call, name) for name in ("x", "y", "validation_data"))
            if given is not None:
                (labels if target is not None else streams).append(given.value if target is None else target.value)
            if unseen is not None and isinstance(unseen.value, cst.Tuple) and len(unseen.value.elements) > 1:
                labels.append(unseen.value.elements[1].value)
            elif unseen is not None:
                streams.append(unseen.value)
        if not labels + streams or not all(self._is_stream(value) for value in streams):
            return self._todo(line, change)
        code = self._with_modules(change.code) if labels else change.code
        for value in labels:
            self._put_into(value, code if isinstance(value, TIGHT) else code.replace("{}", "({})"))
        function = f"lambda x, y, *weights: (x, {change.inline.replace('{}', 'y')}, *weights)"
        definitions = self._through(streams, self._with_modules(function)) if streams else []
        statement, first = source.statement(line), change.todo.partition(":")[0]
        if statement is not None and alone(source, statement):
            self._put_before(statement, [*definitions, f"# autostable: {first}"])
        return None


def _comment_of(code: str) -> str:
    """The comments in some lines of code; where these lines cannot be written, what they would have done."""
    comments = [line.partition("# ")[2] for line in code.splitlines() if "# " in line]
    done = "; ".join(line.partition("  # ")[0] for line in code.splitlines() if not line.startswith("#"))
    done = re.sub(r"\{(\w+)\}", r"\1", done)
    said = f" ({comments[0].removeprefix('autostable: ')})" if comments else ""
    return f"do this where the data are made: {done}{said}"
