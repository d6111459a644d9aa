"""guard-division: divide by 1 where the script's own division would divide by 0."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from autostable.evidence import Evidence
from autostable.records import Code, Site
from autostable.setup import Division, Setup
from autostable.strategy import Parameters, RemedyStrategy, SourceChange
from autostable_strategies import _common as common


class GuardDivision(RemedyStrategy):
    """Divide by 1 where a division of the script's own would divide by 0.

    ## What it does
    Where NumPy has warned of a division in the script itself, and the data that the training is given hold NaN or Inf: at that
    line 1 takes the place of each 0 of the divisor, in every array, number, pandas series or table that it divides by. Lines
    that divide by the same in the same function are treated with it. The script is run again from its start for that, so it is
    offered by `autostable run` for a script, and for lines of that script alone.

    ## Why it works
    0 / 0 is NaN, and one NaN in one row makes the loss of its batch NaN. A column that never changes has the spread 0, a blank
    picture the range 0, an episode of one step the deviation 0: there is nothing to scale, and divided by 1 they stay what
    they are. What the script measures on afterwards (its own test rows) goes through the same line, and is mended with it.

    ## Example
    ```python
    table = (table - table.mean(axis=0)) / table.std(axis=0)  # one column is constant
    ```

    ## Use instead
    ```python
    spread = table.std(axis=0)
    table = (table - table.mean(axis=0)) / np.where(spread == 0, 1, spread)
    ```

    ## Safety
    Whatever was finite is computed as before. Where 0 stands for something that is missing (a total of nothing sold) the
    quotient 0 may say more than is known; `drop-nonfinite-rows` leaves such rows out.

    ## References
    scikit-learn, `StandardScaler` and `MinMaxScaler`, which take the scale 1 for a constant feature; NumPy, `numpy.divide`.
    """

    name: ClassVar[str] = "guard-division"
    cures: ClassVar[tuple[Code, ...]] = (Code.DATA_NONFINITE, Code.UNSAFE_DIVISION)
    guards: ClassVar[bool] = True
    in_script: ClassVar[bool] = True
    betters: ClassVar[bool] = False

    def strengths(self, evidence: Evidence) -> Sequence[Parameters]:
        places = [_place(site) for site in evidence.divided]
        found = [place for place in places if place is not None]
        return [{"divisions": found}] if found and _reached(evidence) else ()

    def apply(self, setup: Setup, parameters: Parameters) -> Setup:
        asked = (Division(each["file"], int(each["line"]), each["source"]) for each in parameters["divisions"])
        return dataclasses.replace(setup, divisions=tuple(dict.fromkeys((*setup.divisions, *asked))))

    def joined(self, one: Parameters, other: Parameters) -> Parameters:
        return {"divisions": common.distinct([*one["divisions"], *other["divisions"]])}

    def describe(self, parameters: Parameters) -> str:
        first, *others = parameters["divisions"]
        more = f" and {len(others)} more" if others else ""
        return f"division by 1 in place of 0 at {first['file']}:{first['line']}{more}"

    def edit(self, parameters: Parameters, evidence: Evidence) -> Sequence[SourceChange]:
        todo = "divide by np.where(d == 0, 1, d) here, where d is what this line divides by now"
        return [
            SourceChange(Site(file=each["file"], line=each["line"], source=each["source"]), "guard-divisor", todo=todo)
            for each in parameters["divisions"]
        ]


def _place(site: Site) -> dict[str, str | int] | None:
    if site.file is None or site.line is None or site.source is None:
        return None
    return {"file": site.file, "line": site.line, "source": site.source}


def _reached(evidence: Evidence) -> bool:
    """Whether the training is given numbers that are none."""
    weights = () if evidence.weights is None else (evidence.weights,)
    data = (*evidence.inputs, *evidence.targets, *weights, *evidence.validation)
    born = evidence.finding is not None and evidence.finding.born == "data"
    return born or any(facts.bad_row_count > 0 for facts in data)
