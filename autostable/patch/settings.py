"""What a program's settings hold: options of the command line, dictionaries in dictionaries, objects made of them.

A value that the owner can give from outside is changed where its default is written, so that the flag still works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from autostable.knowledge.optimizers import OPTIMIZERS
from autostable.patch.source import Source, callee, text_of

_PARSERS = ("parse_args", "parse_known_args")
# objects whose attributes are the entries of what they are made of
_LIKE_MAPPINGS = frozenset({
    "dict", "create", "DictConfig", "ConfigDict", "FrozenConfigDict", "SimpleNamespace", "Namespace", "Box", "EasyDict",
    "Munch", "munchify", "MappingProxyType", "OrderedDict", "copy", "deepcopy", "AttrDict", "DotDict",
})  # fmt: skip
_THE_SAME = frozenset({"asdict", "vars", "to_dict", "to_container", "copy", "deepcopy", "copy_and_resolve_references"})
_MERGES = frozenset(
    {"update", "merge", "merge_with", "merge_with_cli", "from_cli", "load", "setdefault", "apply_overrides"}
)
_DEPTH = 8


class Settings:
    """Reads the settings of a file.

    Args:
        source: The file.
        origin: From an expression to the one that made what it stands for.
        arguments: Those of the command line that the program was run with, None where they are not known.
    """

    def __init__(
        self,
        source: Source,
        origin: Callable[[cst.BaseExpression], cst.BaseExpression],
        arguments: Sequence[str] | None,
    ) -> None:
        self._source = source
        self._origin = origin
        self._arguments = arguments

    def read(self, value: cst.CSTNode, depth: int = _DEPTH) -> cst.BaseExpression | None:
        """Where `owner.key`, `owner["key"]` or `owner.get("key")` is written; None where that is not known for sure."""
        key, owner = _key_of(value)
        if key is None or owner is None or depth == 0:
            return None
        made = self._made(owner, depth)
        if self._changed_later(key, owner, made, depth):
            return None
        if isinstance(made, cst.Name | cst.Attribute):
            return self._flag(key) if self._source.code(made).rpartition(".")[2] == "FLAGS" else None
        return self._held(made, key, depth)

    def is_option(self, written: cst.BaseExpression) -> bool:
        """Whether a value is the default of an option that the owner may give on the command line."""
        call = self._source.parent(written)
        call = self._source.parent(call) if isinstance(call, cst.Arg) else call
        name = callee(call) if isinstance(call, cst.Call) else ""
        return name in ("add_argument", "set_defaults") or name.startswith("DEFINE_")

    def others(self, value: cst.BaseExpression, written: cst.BaseExpression) -> bool:
        """Whether another optimizer reads the same setting: it is then not this one's alone."""
        source = self._source
        for node in source.all_nodes:
            if node is value or _key_of(node)[0] != _key_of(value)[0] or self.read(node) is not written:
                continue
            calls = [each for each in source.parents(node) if isinstance(each, cst.Call)]
            if any(callee(call) in OPTIMIZERS and value not in set(_below(call)) for call in calls):
                return True
        return False

    def readers(self, written: cst.BaseExpression, value: cst.BaseExpression) -> list[cst.CSTNode]:
        """The places that read what is written there, as a value reads it."""
        key = _key_of(value)[0]
        return [node for node in self._source.all_nodes if _key_of(node)[0] == key and self.read(node) is written]

    # -- where a container comes from -------------------------------------------------------------

    def _made(self, owner: cst.BaseExpression, depth: int) -> cst.BaseExpression:
        made = self._origin(owner) if depth > 0 else owner
        found = self.read(made, depth - 1) if _key_of(made)[0] is not None else None
        return made if found is None else self._made(found, depth - 1)

    def _held(self, made: cst.BaseExpression, key: str, depth: int) -> cst.BaseExpression | None:
        if depth == 0:
            return None
        if isinstance(made, cst.Dict):
            plain = all(isinstance(each, cst.DictElement) for each in made.elements)
            found = [
                each.value for each in made.elements if isinstance(each, cst.DictElement) and text_of(each.key) == key
            ]
            return found[0] if plain and len(found) == 1 else None
        if not isinstance(made, cst.Call):
            return None
        name = callee(made)
        if name in _PARSERS:
            return self._default(key)
        if name.startswith("DEFINE_") and key in ("value", "default"):
            return None if self._on_command_line([f"--{_argument(made, 0, 'name')}"]) else _value(made, 1, "default")
        for owner in self._source.nodes(cst.ClassDef):
            if owner.name.value == name:
                return self._of_object(made, owner, key)
        if name in _LIKE_MAPPINGS or name in _THE_SAME:
            return self._of_mapping(made, key, depth)
        return None

    def _of_mapping(self, made: cst.Call, key: str, depth: int) -> cst.BaseExpression | None:
        for arg in made.args:
            if arg.keyword is not None and arg.keyword.value == key:
                return arg.value
        inside = [arg.value for arg in made.args if arg.keyword is None and arg.star in ("", "**")]
        if not made.args and isinstance(made.func, cst.Attribute):
            inside = [made.func.value]
        return self._held(self._made(inside[0], depth - 1), key, depth - 1) if len(inside) == 1 else None

    def _of_object(self, made: cst.Call, owner: cst.ClassDef, key: str) -> cst.BaseExpression | None:
        """A field: what the call gives it, else its default."""
        if any(arg.star for arg in made.args):
            return None
        fields = [
            statement
            for line in owner.body.body
            if isinstance(line, cst.SimpleStatementLine)
            for statement in line.body
            if isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name)
        ]
        names = [self._source.code(field.target) for field in fields]
        if key not in names or any(line for line in owner.body.body if _defines(line, "__init__")):
            return None
        given = [arg.value for arg in made.args if arg.keyword is not None and arg.keyword.value == key]
        by_place = [arg.value for arg in made.args if arg.keyword is None]
        if given or names.index(key) < len(by_place):
            return given[0] if given else by_place[names.index(key)]
        default = fields[names.index(key)].value
        if isinstance(default, cst.Call) and callee(default) == "field":
            return _value(default, 0, "default") or self._by_factory(default)
        return default

    def _by_factory(self, field: cst.Call) -> cst.BaseExpression | None:
        factory = _value(field, 9, "default_factory")
        if isinstance(factory, cst.Lambda):
            return factory.body
        return cst.Call(factory) if isinstance(factory, cst.Name) else None

    # -- options --------------------------------------------------------------------------------

    def _default(self, key: str) -> cst.BaseExpression | None:
        """The default of an option of argparse, where the command line does not have it."""
        found: cst.BaseExpression | None = None
        for call in self._source.nodes(cst.Call):
            if callee(call) == "set_defaults":
                found = _value(call, 9, key) or found
            if callee(call) != "add_argument":
                continue
            flags = [text for arg in call.args if arg.keyword is None and (text := text_of(arg.value)) is not None]
            names = [flag for flag in flags if flag.startswith("-")]
            long = next((flag for flag in names if flag.startswith("--")), names[0] if names else "")
            if (_argument(call, 9, "dest") or long.lstrip("-").replace("-", "_")) != key:
                continue
            if self._on_command_line(names):
                return None
            found = found or _value(call, 9, "default")
        return found

    def _flag(self, key: str) -> cst.BaseExpression | None:
        """The default of a flag of absl, where the command line does not have it."""
        for call in self._source.nodes(cst.Call):
            if callee(call) in ("DEFINE_float", "DEFINE_integer") and _argument(call, 0, "name") == key:
                return None if self._on_command_line([f"--{key}", f"-{key}"]) else _value(call, 1, "default")
        return None

    def of_parameter(self, function: cst.FunctionDef, name: str) -> cst.BaseExpression | None:
        """The default of what click, typer or fire calls a function with, where the command line does not have it."""
        decorators = [each.decorator for each in function.decorators]
        for call in decorators:
            if isinstance(call, cst.Call) and callee(call) == "option":
                given = [text for arg in call.args if arg.keyword is None and (text := text_of(arg.value)) is not None]
                flags = [flag for flag in given if flag.startswith("-")]
                named = [flag for flag in given if not flag.startswith("-")]
                named += [flag.lstrip("-").replace("-", "_").lower() for flag in sorted(flags, key=len, reverse=True)]
                if named[:1] == [name]:
                    return None if self._on_command_line(flags) else _value(call, len(given), "default")
        if not self._is_called_by_flags(function, decorators):
            return None
        parameters = [*function.params.params, *function.params.kwonly_params]
        default = next((each.default for each in parameters if each.name.value == name), None)
        if isinstance(default, cst.Call) and callee(default) in ("Option", "Argument"):
            default = _value(default, 0, "default")
        return None if self._on_command_line([f"--{name}", f"--{name.replace('_', '-')}"]) else default

    def _is_called_by_flags(self, function: cst.FunctionDef, decorators: Sequence[cst.BaseExpression]) -> bool:
        """Whether typer or fire calls a function with what the command line says."""
        if any(isinstance(call, cst.Call) and self._source.code(call.func).endswith(".command") for call in decorators):
            return True
        return any(
            isinstance(arg.value, cst.Name) and arg.value.value == function.name.value
            for call in self._source.nodes(cst.Call)
            if self._source.code(call.func) in ("typer.run", "fire.Fire", "Fire")
            for arg in call.args[:1]
        )

    def _on_command_line(self, flags: Sequence[str]) -> bool:
        if self._arguments is None:
            return True
        given = [argument.partition("=")[0] for argument in self._arguments if argument.startswith("-")]
        return any(flag.startswith(each) or each.startswith(flag) for each in given for flag in flags)

    def _changed_later(self, key: str, owner: cst.BaseExpression, made: cst.BaseExpression, depth: int) -> bool:
        """Whether the file gives a setting another value somewhere, or takes one from outside into it."""
        source = self._source
        for node in source.nodes(cst.AssignTarget):
            other, holder = _key_of(node.target)
            if other == key and holder is not None:
                if source.code(holder) == source.code(owner) or self._made(holder, depth - 1) is made:
                    return True
        root = source.code(owner).partition(".")[0].partition("[")[0]
        for call in source.nodes(cst.Call):
            if callee(call) in _MERGES and isinstance(call.func, cst.Attribute):
                receiver = source.code(call.func.value).partition(".")[0].partition("[")[0]
                if receiver in (root, "OmegaConf"):
                    return True
        return False


def _key_of(node: cst.CSTNode) -> tuple[str | None, cst.BaseExpression | None]:
    """The key that a node reads, and of what."""
    if isinstance(node, cst.Attribute):
        return node.attr.value, node.value
    if isinstance(node, cst.Subscript) and len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        return text_of(node.slice[0].slice.value), node.value
    if isinstance(node, cst.Call) and callee(node) == "get" and isinstance(node.func, cst.Attribute) and node.args:
        return text_of(node.args[0].value), node.func.value
    return None, None


def _value(call: cst.Call, place: int, name: str) -> cst.BaseExpression | None:
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == name:
            return arg.value
    plain = [arg.value for arg in call.args if arg.keyword is None and not arg.star]
    return plain[place] if place < len(plain) else None


def _argument(call: cst.Call, place: int, name: str) -> str | None:
    value = _value(call, place, name)
    return None if value is None else text_of(value)


def _defines(line: cst.CSTNode, name: str) -> bool:
    return isinstance(line, cst.FunctionDef) and line.name.value == name


def _below(node: cst.CSTNode) -> list[cst.CSTNode]:
    found = [node]
    for child in node.children:
        found += _below(child)
    return found
