"""autostable run: watch, and repair what fails."""

from __future__ import annotations

from autostable.cli import options
from autostable.cli.launch import launch, script_arguments


def run(
    target: options.Target,
    arguments: options.Arguments = None,
    module: options.Module = False,
    goal: options.Goal = None,
    on_failure: options.OnFailure = None,
    on_spike: options.OnSpike = None,
    time_limit: options.TimeLimit = None,
    stall_timeout: options.StallTimeout = None,
    resume: options.Resume = None,
    seed: options.Seed = None,
    max_attempts: options.MaxAttempts = None,
    budget: options.Budget = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    tune: options.Tune = None,
    verify: options.Verify = None,
    diff: options.Diff = None,
    check: options.Check = None,
    fix: options.Fix = None,
    unsafe: options.Unsafe = None,
    output_format: options.OutputFormat = None,
    output_file: options.OutputFile = None,
    tensorboard: options.TensorBoard = None,
    run_dir: options.RunDir = None,
    quiet: options.Quiet = None,
    verbose: options.Verbose = None,
) -> None:
    """Run a training; if it fails, find the smallest cure and finish it with that.

    The script's standard output is its own; the report goes to standard error.
    """
    overrides = {
        "goal": goal,
        "on_failure": on_failure,
        "on_spike": on_spike,
        "time_limit": time_limit,
        "stall_timeout": stall_timeout,
        "resume": resume,
        "seed": seed,
        "max_attempts": max_attempts,
        "budget": budget,
        "select": select or None,
        "ignore": ignore or None,
        "tune": tune,
        "verify": verify,
        "diff": diff,
        "check": check,
        "fix": fix,
        "unsafe": unsafe,
        "output_format": output_format,
        "output_file": output_file,
        "tensorboard": tensorboard,
        "run_dir": run_dir,
        "quiet": quiet,
        "verbose": verbose,
    }
    launch(target, script_arguments(arguments), module=module, mode="run", overrides=overrides)
