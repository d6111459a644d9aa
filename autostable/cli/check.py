"""autostable check: watch, locate and diagnose; change nothing."""

from __future__ import annotations

from autostable.cli import options
from autostable.cli.launch import launch, script_arguments


def check(
    target: options.Target,
    arguments: options.Arguments = None,
    module: options.Module = False,
    goal: options.Goal = None,
    time_limit: options.TimeLimit = None,
    stall_timeout: options.StallTimeout = None,
    seed: options.Seed = None,
    output_format: options.OutputFormat = None,
    output_file: options.OutputFile = None,
    tensorboard: options.TensorBoard = None,
    run_dir: options.RunDir = None,
    quiet: options.Quiet = None,
    verbose: options.Verbose = None,
) -> None:
    """Run a training and say what is wrong with it, and where; change nothing."""
    overrides = {
        "goal": goal,
        "time_limit": time_limit,
        "stall_timeout": stall_timeout,
        "seed": seed,
        # There are no edits without a plan, whatever the project's settings say.
        "diff": False,
        "fix": False,
        "output_format": output_format,
        "output_file": output_file,
        "tensorboard": tensorboard,
        "run_dir": run_dir,
        "quiet": quiet,
        "verbose": verbose,
    }
    launch(target, script_arguments(arguments), module=module, mode="check", overrides=overrides)
