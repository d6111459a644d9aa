"""The remedies that come with autostable, one a file."""

from autostable.strategy import RemedyStrategy
from autostable_strategies.align_shapes import AlignShapes
from autostable_strategies.cap_learning_rate import CapLearningRate
from autostable_strategies.center_rows import CenterRows
from autostable_strategies.clip_gradients import ClipGradients
from autostable_strategies.clip_growing_gradients import ClipGrowingGradients
from autostable_strategies.clip_outlying_gradients import ClipOutlyingGradients
from autostable_strategies.copy_batches import CopyBatches
from autostable_strategies.difference_windows import DifferenceWindows
from autostable_strategies.drop_nonfinite_rows import DropNonfiniteRows
from autostable_strategies.drop_remainder import DropRemainder
from autostable_strategies.epsilon_loss import EpsilonLoss
from autostable_strategies.exchange_arguments import ExchangeArguments
from autostable_strategies.fix_output_activation import FixOutputActivation
from autostable_strategies.guard_division import GuardDivision
from autostable_strategies.ignore_missing_labels import IgnoreMissingLabels
from autostable_strategies.impute_missing import ImputeMissing
from autostable_strategies.insert_normalization import InsertNormalization
from autostable_strategies.lower_learning_rate import LowerLearningRate
from autostable_strategies.lower_weight_decay import LowerWeightDecay
from autostable_strategies.mask_future import MaskFuture
from autostable_strategies.match_value_range import MatchValueRange
from autostable_strategies.negate_loss import NegateLoss
from autostable_strategies.promote_precision import PromotePrecision
from autostable_strategies.raise_learning_rate import RaiseLearningRate
from autostable_strategies.raise_optimizer_epsilon import RaiseOptimizerEpsilon
from autostable_strategies.readapt_normalization import ReadaptNormalization
from autostable_strategies.reinitialize_weights import ReinitializeWeights
from autostable_strategies.remap_labels import RemapLabels
from autostable_strategies.rescale_inputs import RescaleInputs
from autostable_strategies.rescale_targets import RescaleTargets
from autostable_strategies.restore_targets import RestoreTargets
from autostable_strategies.safe_mask import SafeMask
from autostable_strategies.shift_targets import ShiftTargets
from autostable_strategies.shorten_weight_average import ShortenWeightAverage
from autostable_strategies.shuffle_rows import ShuffleRows
from autostable_strategies.skip_bad_updates import SkipBadUpdates
from autostable_strategies.steady_batch_normalization import SteadyBatchNormalization
from autostable_strategies.swap_activation import SwapActivation
from autostable_strategies.swap_bytes import SwapBytes
from autostable_strategies.swap_loss import SwapLoss
from autostable_strategies.unmask_readings import UnmaskReadings
from autostable_strategies.warm_up_learning_rate import WarmUpLearningRate
from autostable_strategies.weaken_augmentation import WeakenAugmentation
from autostable_strategies.weaken_penalty import WeakenPenalty
from autostable_strategies.widen_output import WidenOutput
from autostable_strategies.winsorize_outliers import WinsorizeOutliers

BUILTIN: tuple[type[RemedyStrategy], ...] = (
    RescaleInputs,
    LowerLearningRate,
    ClipGradients,
    SwapActivation,
    EpsilonLoss,
    DropNonfiniteRows,
    ImputeMissing,
    IgnoreMissingLabels,
    WidenOutput,
    WinsorizeOutliers,
    RescaleTargets,
    DifferenceWindows,
    RemapLabels,
    ShuffleRows,
    FixOutputActivation,
    SwapLoss,
    AlignShapes,
    ExchangeArguments,
    WarmUpLearningRate,
    RaiseLearningRate,
    RaiseOptimizerEpsilon,
    SkipBadUpdates,
    SteadyBatchNormalization,
    ReinitializeWeights,
    InsertNormalization,
    NegateLoss,
    PromotePrecision,
    SafeMask,
    WeakenPenalty,
    ReadaptNormalization,
    ClipOutlyingGradients,
    ClipGrowingGradients,
    CapLearningRate,
    MatchValueRange,
    CenterRows,
    ShiftTargets,
    UnmaskReadings,
    CopyBatches,
    RestoreTargets,
    ShortenWeightAverage,
    WeakenAugmentation,
    SwapBytes,
    MaskFuture,
    LowerWeightDecay,
    GuardDivision,
    DropRemainder,
)

__all__ = ["BUILTIN"]
