"""Which remedies there are: the built-in ones and those of the entry-point group `autostable.strategies`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from importlib import metadata

from autostable.errors import RegistryError
from autostable.records import Plan, Remedy
from autostable.setup import Setup
from autostable.strategy import RemedyStrategy

GROUP = "autostable.strategies"


@functools.cache
def remedies() -> Mapping[str, RemedyStrategy]:
    """All remedies by name, the built-in ones first.

    Raises:
        RegistryError: If two remedies have one name, or an entry point cannot be loaded or is not a RemedyStrategy.
    """
    from autostable_strategies import BUILTIN

    found: dict[str, RemedyStrategy] = {}
    for kind in (*BUILTIN, *_third_party()):
        remedy = kind()
        if not isinstance(remedy, RemedyStrategy):
            raise RegistryError(f"{kind!r} of the entry-point group {GROUP} is not a RemedyStrategy")
        if remedy.name in found:
            raise RegistryError(f"two remedies are called {remedy.name!r}: {type(found[remedy.name])!r} and {kind!r}")
        found[remedy.name] = remedy
    return found


def _third_party() -> Iterable[type[RemedyStrategy]]:
    for entry in metadata.entry_points(group=GROUP):
        try:
            yield entry.load()
        except Exception as error:  # whatever the import of somebody else's package may raise
            package = f" of {entry.dist.name}" if entry.dist is not None else ""
            raise RegistryError(
                f"the remedy {entry.name!r}{package} ({entry.value}) cannot be loaded: {type(error).__name__}: {error}"
            ) from error


def third_party() -> tuple[RemedyStrategy, ...]:
    """The remedies that do not come with autostable, in the order of their entry points."""
    from autostable_strategies import BUILTIN

    own = {kind.name for kind in BUILTIN}
    return tuple(found for name, found in remedies().items() if name not in own)


def remedy(name: str) -> RemedyStrategy:
    """The remedy of that name.

    Raises:
        ValueError: If there is none.
    """
    try:
        return remedies()[name]
    except KeyError:
        raise ValueError(f"there is no remedy {name!r}; known are {', '.join(sorted(remedies()))}") from None


def brief(step: Remedy) -> str:
    """A remedy in a word or two, with its strength; by its name where it is no more, or was given other parameters."""
    try:
        return remedy(step.name).brief(step.parameters)
    except Exception:  # of a third party, or of an old report: it must still be told
        return step.name


def setup_of(plan: Plan) -> Setup:
    """The setup that a plan asks for."""
    setup = Setup()
    for step in plan:
        setup = remedy(step.name).apply(setup, step.parameters)
    return setup


def joined(plan: Plan, step: Remedy) -> Plan | None:
    """A plan with one more remedy, which may be one of its own in another place; None where both cannot be in force."""
    place = next((at for at, each in enumerate(plan) if each.name == step.name), None)
    if place is None:
        return (*plan, step)
    both = remedy(step.name).joined(plan[place].parameters, step.parameters)
    return None if both is None else (*plan[:place], Remedy(step.name, both), *plan[place + 1 :])
