"""What needs TensorFlow or a process of its own is slow, whether its author said so or not."""

from __future__ import annotations

import ast
import functools
import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Workers of pytest-xdist share the cores; TensorFlow and OpenMP, here and in the programs that are started, would each
# take them all. To be said before TensorFlow is imported.
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = max(1, cores // int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, str(share))

# Of a job in the background SIGINT is ignored, and programs started here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def nothing_stays_armed() -> Iterator[None]:
    """What a test has armed, or a Guard that it made and left waiting, is not there for the next one."""
    yield
    hooks = sys.modules.get("autostable.training.hooks")
    if hooks is not None:
        hooks._guards_wait = False
        hooks.disarm()


CALLS = (
    "training",
    "test_api.py",
    "test_values.py",
    "test_tuning.py",
)  # call functions under watch, which keeps run folders


@pytest.fixture(autouse=True)
def runs_are_kept_elsewhere(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where functions are called in this process: not in the folder that the tests are run from."""
    if not {request.path.name, request.path.parent.name}.isdisjoint(CALLS):
        monkeypatch.setenv("AUTOSTABLE_RUN_DIR", str(tmp_path_factory.getbasetemp() / "kept"))


HEAVY = ("tf", "tensorflow", "keras", "keras_tuner", "subprocess", "warm")
LIGHT = ("tests/cli/",)  # one process, without TensorFlow
QUICK = ("tests/cases/test_quick_",)  # whole programs, a few, within the twenty seconds of the quick tests
HEAVY_FIXTURE = "warm_autostable"  # starts a program that trains

# The dearest files, dearest first, by `python -m benchmarks.suite`: pytest-xdist hands files out in this order, so that
# none of them is begun when all others have ended.
DEAREST = (
    "cases/test_quick_broken.py", "cases/test_quick_finite.py",
    "sweeps/test_repair.py", "training/test_no_miss.py", "execution/test_workers.py", "sites/test_sites.py",
    "execution/test_programs.py", "execution/test_examples.py", "execution/test_trainings.py", "cases/test_cases.py",
    "training/test_harmless.py",
    "sweeps/test_stable_hypermodel.py", "sweeps/test_ray.py", "training/test_nothing_left.py", "training/test_no_alarm.py",
    "sweeps/test_distributed.py", "training/test_distribution.py", "test_api.py", "execution/test_tuning.py",
    "training/test_composite_optimizers.py", "training/test_rewind.py", "training/test_several_outputs.py",
    "training/test_updates.py", "training/test_tuner_hooks.py", "training/test_judging.py",
)  # fmt: skip
AT_LENGTH = (  # their slow tests are run by `pytest -m whole`: all of them together would take CI beyond 800 s
    "execution/test_saved_programs.py", "execution/test_studies.py", "execution/test_patched.py", "training/test_callbacks.py",
    "training/test_threads.py", "training/test_own_state.py", "training/test_minimizers.py", "training/test_only_xla.py",
    "training/test_before_the_step.py", "training/test_graph_gradients.py", "training/test_built_in_formulas.py",
    "training/test_composite_optimizers.py", "sweeps/test_ray.py", "sweeps/test_distributed.py",
    "sweeps/test_stable_hypermodel.py", "execution/test_proof.py", "training/test_contradictions.py",
    "training/test_several_outputs.py", "training/test_eager_step.py", "training/test_early.py", "training/test_twins.py",
    "training/test_pairs_in_part.py", "training/test_called.py", "training/test_half.py", "training/test_updates.py",
    "training/test_out_of_reach.py", "training/test_closing.py", "training/test_by_hand.py", "training/test_penalties.py",
    "training/test_blown_up.py", "training/test_as_used.py", "training/test_shuffled.py",
)  # fmt: skip
LONGEST = (  # single tests, likewise, the dearest by `--durations`; of most there are others of their kind
    "execution/test_goes_on.py::test_the_other_trainings_run_and_the_output_is_pythons[optuna]",
    "execution/test_goes_on.py::test_the_other_trainings_run_and_the_output_is_pythons[scikit-learn]",
    "execution/test_goes_on.py::test_a_pruned_trial", "execution/test_goes_on.py::test_a_corner_of_a_grid",
    "execution/test_beside.py::test_a_program_that_the_script_starts",
    "execution/test_beside.py::test_a_program_that_is_started",
    "execution/test_beside.py::test_what_trains_alone_and_is_not_watched_is_unwatched[a fork]",
    "execution/test_beside.py::test_what_trains_beside_a_fit_is_a_warning_and_no_more_is_called_sound[a session by hand]",
    "training/test_frozen.py::test_a_trunk_that_is_frozen", "training/test_frozen.py::test_a_trunk_that_was_trained",
    "training/test_vanished.py::test_a_mean_over_too_many_entries_is_taken_in_float32[loop]",
    "training/test_vanished.py::test_a_sum_that_overflows", "training/test_vanished.py::test_a_mean_in_float16",
    "training/test_weight_decay.py::test_decay_that_leaves_nothing_of_the_weights_is_lowered[loop]",
    "training/test_jumps.py::test_a_spike_that_does_not_come_again", "training/test_low_rank.py::test_a_remedy_that_fails",
    "training/test_without_us.py::test_it_gives_signs_of_life", "training/test_float8.py::test_what_overwrites_a_variable",
    "training/test_silent_faults.py::test_few_validation_rows", "training/test_silent_faults.py::test_validation_rows_of_all",
    "diagnosis/test_mutations.py::test_numbers_that_are_moved_are_noticed[0.9-0]",
    "sweeps/test_repair.py::test_a_lone_model_that_died_is_seen_by_its_outputs",
    "sweeps/test_repair.py::test_a_keras_tuner_project[2]", "sweeps/test_repair.py::test_killed_and_gone_on",
    "sweeps/test_repair.py::test_an_optuna_study", "sweeps/test_repair.py::test_a_worker_that_is_killed",
    "sweeps/test_repair.py::test_each_job_has_a_gpu_of_its_own",
    "execution/test_examples.py::test_what_is_told_of_an_example[sweep]",
    "execution/test_examples.py::test_the_decorated_example",
    "execution/test_examples.py::test_what_is_told_of_an_example[gradient_tape]",
    "execution/test_examples.py::test_what_is_told_of_an_example[labels_out_of_range]",
    "execution/test_examples.py::test_what_is_told_of_an_example[silent_siamese]",
    "execution/test_workers.py::test_healthy_workers_are_left_as_they_are",
    "execution/test_tuning.py::test_a_program_is_tuned_and_the_same_command_resumes",
    "execution/test_programs.py::test_what_is_not_watched_runs_as_it_is_and_is_not_called_healthy",
    "execution/test_trainings.py::test_apply_does_from_the_start_what_the_repair_did",
    "cases/test_cases.py::test_as_in_the_table[11_digits_adam_two]",
    "test_notebook.py::test_a_notebook", "test_api.py::test_on_a_terminal_what_goes_on_is_drawn",
    "test_api.py::test_a_decorated_function_within_another_is_part_of_it",
    "training/test_distribution.py::test_shared_updates_are_bit_identical",
    "training/test_lone_share.py::test_a_fit_is_repaired_and_its_source_with_it",
    "training/test_crossing.py::test_it_is_found_and_mended[a", "training/test_roots.py::test_what_begins_at_a_norm_of_zero",
    "training/test_judging.py::test_a_trial_is_held_against_those_before_it",
    "training/test_judging.py::test_a_training_that_learns_nothing_under_a_loss_of_the_users_own[3.0-repaired]",
    "training/test_learning.py::test_where_nobody_vouches_rows_are_kept_back_from_one_more_training",
    "training/test_learning.py::test_averages_of_the_last_batch_are_told_and_steadied",
    "training/test_learning.py::test_a_stack_of_sigmoids_ends_low_wherever_its_inputs_lie[60.0]",
    "training/test_learning.py::test_a_cut_off_encoder_makes_no_training_sick",
    "training/test_learning.py::test_inputs_that_were_rescaled_twice_are_rescaled_once_more",
    "training/test_learning.py::test_a_look_leaves_no_trace[dataset-1-suspect]",
    "training/test_nothing_left.py::test_hundred_fits_do_not_grow",
    "training/test_logarithms.py::test_a_long_recurrence_is_computed_once",
    "training/test_model_step.py::test_a_step_that_rebuilds_its_inputs_is_judged_by_them[10.0-unrepaired-no-signal]",
    "training/test_bare.py::test_a_network_that_could_find_something_is_left_alone[True]",
    "training/test_tuner_hooks.py::test_trials_are_watched_whichever_is_imported_first[keras_tuner-keras]",
    "training/test_harmless.py::test_bit_identical_where_it_was_suspended[fits_of_one_reshuffled_pipeline]",
    "training/test_harmless.py::test_bit_identical_where_it_was_suspended[stopped_early_with_a_falling_rate]",
    "training/test_bare.py::test_what_a_plain_model_does_not_find_either_may_be_there",
    "training/test_tuner_hooks.py::test_trials_are_watched_whichever_is_imported_first[keras-keras_tuner]",
    "training/test_several_optimizers.py::test_a_loop_with_two_rates_for_one_loss_is_judged[False]",
    "sweeps/test_repair.py::test_a_function_of_one_argument_and_a_yaml_table",
    "execution/test_tuning.py::test_a_function_is_tuned",
    "training/test_masks.py::test_it_is_found_and_cured", "training/test_masks.py::test_gaps_that_are_masked",
    "training/test_no_gradients.py::test_what_has_no_gradient_gives_way_to_what_has_one[fit compares]",
    "training/test_no_gradients.py::test_what_has_no_gradient_gives_way_to_what_has_one[loop rounds]",
    "training/test_no_gradients.py::test_what_has_no_gradient_gives_way_to_what_has_one[eager loop]",
    "training/test_no_gradients.py::test_what_has_no_gradient_gives_way_to_what_has_one[train_on_batch]",
    "training/test_refused_labels.py::test_class_numbers_from_one_in_a_loop_get_an_output_more[True-softmax]",
    "training/test_refused_labels.py::test_class_numbers_from_one_in_a_loop_get_an_output_more[False-None]",
    "training/test_refused_labels.py::test_class_numbers_from_one_by_train_on_batch[True]",
    "training/test_named_parts.py::test_gaps_in_what_a_loop_is_given_have_the_line_that_made_them[eager]",
    "training/test_shared_ends.py::test_what_shares_an_end_works_in_the_users_units[parts]",
    "training/test_log_of_data.py::test_the_bound_of_a_logarithm[of_answers",
    "training/test_no_slope.py::test_averaged_weights_whose_answers_are_only_fainter_are_left_alone[0.9995",
    "training/test_late_mask.py::test_a_where_that_leaves_gaps_out_of_the_loss_alone_is_the_line[difference_first]",
    "training/test_disturbed.py", "training/test_astray.py", "judgement/test_astray.py",
    "training/test_byte_order.py::test_a_training_on_misread",
    "training/test_copied_units.py::test_components", "training/test_copied_units.py::test_experts",
    "training/test_copied_units.py::test_what_is_divided_by_begins_at_one[loop]",
    "training/test_no_slope.py::test_an_operation_without_a_slope_is_found_and_replaced[fit]",
    "training/test_no_slope.py::test_embeddings", "training/test_no_slope.py::test_an_average",
    "training/test_no_slope.py::test_where_gradients", "training/test_no_slope.py::test_a_sign_that",
    "training/test_mixed_up.py::test_a_sum_of_each_row_is_left_alone",
    "training/test_mixed_up.py::test_labels_that_meet_their_own_transpose",
    "training/test_stored.py::test_its_healthy_twin",
    "training/test_copies.py::test_who_is_shown_what_it_is_to_foretell_is_told_and_looks_back_only[a layer]",
    "training/test_copies.py::test_a_causal_mask",
    "execution/test_workers.py::test_one_workers_bad_row_is_repaired_by_all",
    "execution/test_workers.py::test_a_worker_that_dies_holds_nobody", "sweeps/test_repair.py::test_a_table",
    "sweeps/test_repair.py::test_a_damaged_trial_does_not_stop_the_others",
    "training/test_nothing_left.py::test_model_saves_reloads_and_exports[jit]",
    "training/test_tuner_hooks.py::test_trials_are_watched_whichever_is_imported_first[keras_tuner-keras]",
    "sweeps/test_repair.py::test_one_configuration_that_raises",
    "sweeps/test_repair.py::test_a_trial_that_leaves_the_program_or_lacks",
    "cases/test_cases.py::test_as_in_the_table[10_digits_rate_1e7]",
    "cases/test_cases.py::test_as_in_the_table[90_digits_integer_labels_cce]",
    "test_api.py::test_it_can_be_called_again_and_the_report_is_the_last_calls",
)  # fmt: skip
FREEZE_EVERY = 25  # tests
ENDED = pytest.StashKey[int]()


@functools.cache
def is_heavy(path: Path) -> bool:
    """Whether all tests of a file are slow, by what it imports; without importing it."""
    name = path.as_posix()
    if any(light in name for light in LIGHT) or any(quick in name for quick in QUICK):
        return False
    if "/tests/sites/" in name or "/tests/training/" in name:
        return True
    body = ast.parse(path.read_text(encoding="utf-8")).body
    if any(ast.unparse(node) == "pytestmark = pytest.mark.slow" for node in body if isinstance(node, ast.Assign)):
        return True
    parts = (node for node in body if isinstance(node, ast.Import | ast.ImportFrom))
    return any((each.asname or each.name.partition(".")[0]) in HEAVY for node in parts for each in node.names)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only quick tests are asked for, files that hold none are not even imported: TensorFlow takes seconds."""
    quick = config.option.markexpr == "not slow" and collection_path.name.startswith("test_")
    return True if quick and collection_path.suffix == ".py" and is_heavy(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if is_heavy(item.path) or HEAVY_FIXTURE in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("slow") and item.nodeid.removeprefix("tests/").startswith((*AT_LENGTH, *LONGEST)):
            item.add_marker(pytest.mark.whole)
    if "whole" not in config.option.markexpr:
        left = [item for item in items if item.get_closest_marker("whole")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("whole")]
    if not config.pluginmanager.hasplugin("randomly"):
        root = config.rootpath / "tests"
        places = {root / name: place for place, name in enumerate(DEAREST)}
        items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """What has been imported stays; else each `clear_session` and each full collection walks through all of it."""
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """So does what TensorFlow and the caches keep of tests that have ended."""
    ended = item.config.stash[ENDED] = item.config.stash.get(ENDED, 0) + 1
    if ended % FREEZE_EVERY == 0 and "tensorflow" in sys.modules:
        gc.collect()
        gc.freeze()
