"""autostable apply: run with a plan that is already known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autostable import registry
from autostable.cli import options
from autostable.cli.launch import launch, script_arguments
from autostable.errors import StoreError, UsageError
from autostable.store import STABLE, StablePlans, read_stable


def apply(
    stable: Annotated[Path, typer.Argument(metavar="STABLE", help="A stable.json, or the folder of the run it is in.")],
    target: options.Target,
    arguments: options.Arguments = None,
    module: options.Module = False,
    goal: options.Goal = None,
    stall_timeout: options.StallTimeout = None,
    seed: options.Seed = None,
    output_format: options.OutputFormat = None,
    output_file: options.OutputFile = None,
    tensorboard: options.TensorBoard = None,
    run_dir: options.RunDir = None,
    quiet: options.Quiet = None,
    verbose: options.Verbose = None,
) -> None:
    """Run a training with the plan from a stable.json, guarded all the way."""
    own = list(arguments or ())
    if target == "-m":  # as people write it: apply stable.json -m package.module
        if not own:
            raise UsageError("-m needs the name of a module")
        module, target = True, own.pop(0)
    overrides = {
        "goal": goal,
        "stall_timeout": stall_timeout,
        "seed": seed,
        "diff": False,
        "fix": False,
        "output_format": output_format,
        "output_file": output_file,
        "tensorboard": tensorboard,
        "run_dir": run_dir,
        "quiet": quiet,
        "verbose": verbose,
    }
    plans = _known(stable / STABLE if stable.is_dir() else stable)
    launch(target, script_arguments(own), module=module, mode="apply", overrides=overrides, stable=plans)


def _known(path: Path) -> StablePlans:
    """Read the plans and try them on paper, so that a bad one is found before the training starts."""
    stable = read_stable(path)
    for number, plan in stable.plans.items():
        try:
            registry.setup_of(plan)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"no parameter {error}" if isinstance(error, KeyError) else str(error)
            raise StoreError(f"{path} holds a plan (plans.{number}) that cannot be applied: {reason}") from None
    return stable
