"""The knobs of a training as pure data.

A remedy maps a setup to another setup; `training.install` puts a setup onto a live model.
Nothing here knows TensorFlow. The neutral setup `Setup()` changes nothing at all.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping, Sequence
from typing import Any

FINITE = "finite"  # in place of an initializer: only entries that are not finite become others


@dataclasses.dataclass(frozen=True)
class Affine:
    """x -> (x - center) / scale, per feature on the last axis (length 1 broadcasts)."""

    center: tuple[float, ...]
    scale: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class InputKnobs:
    """What is done to one input of the model at its boundary, in this order: swap, impute, clip, center rows, rescale.

    Attributes:
        fill: Value put in place of each non-finite entry, per feature; None leaves them.
        low, high: Bounds that entries are clipped to, per feature; None does not clip.
        center_rows: From each row the mean of its steps, points or pixels is taken, feature by feature.
        rescale: Affine map applied last; None does not rescale.
        swapped: The type in which the numbers were stored, and what they were divided by since: as such their bytes change
            order. None leaves them.
    """

    fill: tuple[float, ...] | None = None
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    center_rows: bool = False
    rescale: Affine | None = None
    swapped: tuple[str, float] | None = None


@dataclasses.dataclass(frozen=True)
class OptimizerKnobs:
    """What is done to every optimizer of the training.

    Attributes:
        rate_factor: Multiplies every step's learning rate (floats and schedules alike).
        rate_floor: No step's learning rate is lower than this; None sets no floor.
        rate_cap: No step's learning rate is higher than this; None sets no cap.
        rate: Takes the place of a learning rate that is none (NaN, infinite, negative, zero), step by step.
        warmup_steps: The rate grows linearly from 0 to its value over so many steps; 0 is off.
        global_clipnorm: Bound for the norm of all gradients together; None does not clip.
        outlier_clip: (z, mean, deviation): a joint norm of the gradients that lies more than z deviations above what it has
            been of late is clipped; mean and deviation are what it begins with. None is off.
        growth_clip: (ratio, norm): the gradient of each weight is clipped to so many times what its norm has been of late;
            until that is known all gradients together to this norm. None is off.
        epsilon: Lower bound for the optimizer's own `epsilon`; None leaves it.
        skip_limit: Steps with non-finite gradients are skipped, at most so many; 0 is off.
        average: Upper bound for the momentum of the optimizer's own average of weights; None leaves it.
        decay: Upper bound for the optimizer's weight decay; None leaves it.
    """

    rate_factor: float = 1.0
    rate_floor: float | None = None
    rate_cap: float | None = None
    rate: float | None = None
    warmup_steps: int = 0
    global_clipnorm: float | None = None
    outlier_clip: tuple[float, float, float] | None = None
    growth_clip: tuple[float, float] | None = None
    epsilon: float | None = None
    skip_limit: int = 0
    average: float | None = None
    decay: float | None = None

    def in_force(self, rate: float) -> float:
        """The learning rate of a step (behind its warm-up) of an optimizer that holds this one."""
        if self.rate is not None and not (math.isfinite(rate) and rate > 0):
            rate = self.rate
        if self.rate_factor != 1.0:
            rate *= self.rate_factor
        if self.rate_cap is not None:
            rate = min(rate, self.rate_cap)
        return rate if self.rate_floor is None else max(rate, self.rate_floor)


class How(enum.StrEnum):
    """What a guard makes of an operation's arguments."""

    BOUNDED = "bounded"
    """They are kept within the bound."""
    UNIT = "unit"
    """A divisor within the bound becomes 1: what has no spread is not scaled."""
    FLAT = "flat"
    """A column (rows, 1) that meets a flat (rows,) is made flat."""
    UPRIGHT = "upright"
    """A flat (rows,) that meets its own transpose, which is as flat, becomes a column."""
    BY_ROW = "by row"
    """What is summed or averaged of a matrix over all of it is so for each row."""
    ACROSS = "across"
    """It is taken along the axis before the last one, where the last one has one entry."""
    FINITE = "finite"
    """Entries that are not finite count as 0."""
    FULL = "full"
    """What is cast to float16 is cast to float32."""
    LEFT_OUT = "left out"
    """It gives what it is given: a softmax or sigmoid that the loss behind it applies itself."""
    LOGARITHMS = "logarithms"
    """Formulas of exponentials and shares in the file, or within the layer, are computed in logarithms."""


@dataclasses.dataclass(frozen=True)
class PutBack:
    """Targets within a range are not what they say: times `factor` and plus `shift` they are."""

    low: float
    high: float
    factor: float
    shift: float


@dataclasses.dataclass(frozen=True)
class OperationGuard:
    """Keeps one operation away from its singular points.

    Attributes:
        op: TensorFlow's operation name: "Log", "Sqrt", "Rsqrt", "RealDiv", "Pow", "Exp", ...
        file, line: Where the user calls it; None means anywhere (then `layer` selects).
        layer: Name of the layer (or "loss") inside which it is called; None means anywhere.
        bound: For operations singular at zero the smallest magnitude of the argument that is let
            through; for Exp and its kin the largest argument.
        absolute: The argument's magnitude is taken first (a spread whose sign means nothing).
        how: What is made of its arguments.
        instead: Instead, the activation of this name in Keras is computed.
    """

    op: str
    file: str | None
    line: int | None
    layer: str | None
    bound: float
    absolute: bool = False
    how: How = How.BOUNDED
    instead: str = ""


@dataclasses.dataclass(frozen=True)
class Division:
    """A division in the script itself whose divisor gets 1 in the place of each 0.

    Attributes:
        file, line: Where it begins.
        source: What stands in that line: in a script where something else does it is not looked for.
    """

    file: str
    line: int
    source: str


@dataclasses.dataclass(frozen=True)
class Widened:
    """A layer of one unit that is made with more of them.

    Attributes:
        file, line: Where the program makes it.
        source: What stands in that line: where something else does it is left alone.
        units: How many it gets.
    """

    file: str
    line: int
    source: str
    units: int


@dataclasses.dataclass(frozen=True)
class Setup:
    """The knobs of one training (one `fit`, or one loop of the user's own).

    Attributes:
        inputs: Knobs for each input of the model, in flattened order; shorter means neutral.
        since_last: Feature of the only input that is taken relative to the last step of its window (before it is
            rescaled); that last value is added to the outputs. None leaves levels as they are.
        targets: For each target, the affine map into the units in which the loss is computed;
            predictions come back in the user's units. None leaves that target alone.
        put_back: For each target which of its entries the loss and the metrics see changed; None leaves it alone.
        step_degree: The loss of a step of the user's own, or a loss that is, is computed in the user's units; it grows with
            so high a power of them, and the gradients that come back to the outputs are made those of the rescaled loss.
            0: the loss itself is rescaled.
        causal: Names of attention layers in which a sequence that attends to itself looks back only.
        shift_targets: The answer at each step is compared with the target so many steps later.
        spare_data: What reading a batch changes in the arrays that it is read from is put back.
        decoded_swapped: What pipelines decode of raw bytes as this type is decoded with the bytes in the other order.
        drop_rows: Rows with a non-finite input, label or sample weight take no part in training.
        drop_labels_outside: Rows whose label lies outside this closed range take no part.
        mask_labels_outside: Of rows with many labels (pixels, tokens) those outside this closed range count for nothing.
        whole_batches: Rows of a whole batch: batches of fewer take no part in training. 0: all do.
        shuffle_rows: Batches are made of rows in a random order, of what is known of all rows.
        shuffle_together: And what a pipeline pairs is no longer shuffled before it is paired.
        label_offset: Class labels are k + offset where the model counts from 0; the model's
            outputs are moved by so many places so that predictions stay in the user's numbering.
        label_width: Outputs of how many classes that is said of; 0: of all.
        label_shift, label_divisor: The loss and the metrics see (label - shift) / divisor (0/255 masks, classes
            1 and 2 or -1 and 1 under a binary crossentropy); predictions stay what they are.
        optimizer: Knobs of every optimizer.
        activations: layer name -> activation (also a recurrent layer's cell, and output layers).
        initializers: layer name (or, in a program without layers, "variable 3": the fourth that is trained) -> initializer to
            draw its weights anew from; `FINITE` leaves them as they are but
            for entries that are not finite.
        loss: A Keras loss identifier that takes the place of the compiled loss; None keeps it.
        losses: For each of several outputs the Keras loss that takes the place of its own; None, or shorter, keeps it.
        ignore_missing: Target entries that are not finite count for nothing.
        spare_outputs: Entries of the model's outputs whose gradient is not finite get none.
        loss_negated: The user's own loss is a score, which is best where it is largest.
        loss_exchanged: The user's own loss takes predictions first and targets second.
        penalty_factor: What the model's regularizers add to the loss counts for so much.
        operations: Operations kept away from their singular points.
        divisions: Divisions in the script, outside of any training: they take effect where it is run from its start.
        widened: Layers of one unit that get more: they take effect where the script is run from its start.
        own_loss: The user's own loss still means something under this setup, so it is what is shown and
            compared; False shows the loss that is trained on.
        normalize: Names of layers whose outputs are standardised per example before they go on.
        statistics: layer name -> means and variances that a Normalization divides by, in place of those that it was adapted to.
        value_ranges: layer name -> the range that it takes pictures to lie in, in place of its own.
        mask_values: layer name -> the number by which a Masking knows steps that do not count, in place of its own; None: an
            Embedding masks nothing.
        disturbances: layer name -> settings of a layer that changes rows at random in training, in place of its own (a
            number, both ends of a range, the mode of a flip); where there are none it leaves them as they are.
        batchnorm_momentum: Momentum of the moving averages of every BatchNormalization; None keeps it.
        batchnorm_frozen: BatchNormalization uses its moving averages in training too, and leaves them alone.
        dtype: "float32" or "bfloat16" takes the place of the layers' own precision; None keeps it.
        seed: Seed of everything random in a remedy (fresh initial weights).
    """

    inputs: tuple[InputKnobs, ...] = ()
    since_last: int | None = None
    targets: tuple[Affine | None, ...] = ()
    put_back: tuple[PutBack | None, ...] = ()
    step_degree: int = 0
    shift_targets: int = 0
    causal: tuple[str, ...] = ()
    spare_data: bool = False
    drop_rows: bool = False
    drop_labels_outside: tuple[float, float] | None = None
    mask_labels_outside: tuple[float, float] | None = None
    whole_batches: int = 0
    shuffle_rows: bool = False
    shuffle_together: bool = False
    label_offset: int = 0
    label_width: int = 0
    label_shift: float = 0.0
    label_divisor: float = 1.0
    label_whole: bool = False
    optimizer: OptimizerKnobs = OptimizerKnobs()
    activations: Mapping[str, str] = dataclasses.field(default_factory=dict)
    initializers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    loss: str | None = None
    losses: tuple[str | None, ...] = ()
    ignore_missing: bool = False
    spare_outputs: bool = False
    loss_exchanged: bool = False
    loss_negated: bool = False
    penalty_factor: float = 1.0
    operations: tuple[OperationGuard, ...] = ()
    divisions: tuple[Division, ...] = ()
    widened: tuple[Widened, ...] = ()
    own_loss: bool = True
    normalize: tuple[str, ...] = ()
    statistics: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = dataclasses.field(default_factory=dict)
    value_ranges: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    mask_values: Mapping[str, float | None] = dataclasses.field(default_factory=dict)
    batchnorm_momentum: float | None = None
    batchnorm_frozen: bool = False
    dtype: str | None = None
    decoded_swapped: str = ""
    seed: int = 0
    disturbances: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)

    @property
    def takes_away(self) -> bool:
        """Whether it takes away what the owner may have put in against learning by heart."""
        return bool(self.disturbances)

    @property
    def changes_loss(self) -> bool:
        """Whether what is trained on is another function than the user's own loss, bounds within it included."""
        within = any(guard.how is not How.LEFT_OUT for guard in self.operations)
        return bool(self.loss is not None or any(self.losses) or within or not self.own_loss)

    @property
    def neutral(self) -> bool:
        """Whether this setup changes nothing."""
        return dataclasses.replace(self, seed=0) == Setup()

    def misfit(self, widths: Sequence[int | None]) -> str:
        """Why this setup is for other inputs; empty where it may be for these.

        Args:
            widths: Length of the last axis of each input, None where it is not known.
        """
        if len(self.inputs) > len(widths):
            return f"it is for {len(self.inputs)} inputs, and there are {len(widths)}"
        for place, (knobs, width) in enumerate(zip(self.inputs, widths, strict=False)):
            affine = (knobs.rescale.center, knobs.rescale.scale) if knobs.rescale is not None else ()
            for values in (*affine, knobs.fill, knobs.low, knobs.high):
                if values is not None and width is not None and len(values) not in (1, width):
                    which = f"input {place + 1} has" if len(widths) > 1 else "the input has"
                    return f"it is for {len(values)} features, and {which} {width}"
        return ""

    @property
    def in_flight(self) -> bool:
        """Whether weights that were trained without it mean the same under it: it may be put on in the middle of a training.

        What it does to data is done to rows that would not have been sound, and to no others.
        """
        sound = tuple(dataclasses.replace(knobs, fill=None, low=None, high=None) for knobs in self.inputs)
        return dataclasses.replace(
            self, inputs=tuple(knobs for knobs in sound if knobs != InputKnobs()), optimizer=OptimizerKnobs(), operations=(),
            drop_rows=False, drop_labels_outside=None, mask_labels_outside=None, whole_batches=0, ignore_missing=False,
            spare_outputs=False, batchnorm_momentum=None, batchnorm_frozen=False, dtype=None,
        ).neutral  # fmt: skip

    @property
    def for_training_only(self) -> bool:
        """Whether it matters only while a model trains: the weights that come of it need nothing around them."""
        return dataclasses.replace(
            self, optimizer=OptimizerKnobs(), operations=(), spare_data=False, drop_rows=False, drop_labels_outside=None,
            mask_labels_outside=None, whole_batches=0, shuffle_rows=False, shuffle_together=False, initializers={}, loss=None,
            losses=(), own_loss=True, loss_exchanged=False, loss_negated=False, shift_targets=0, put_back=(), divisions=(),
            widened=(), ignore_missing=False, spare_outputs=False, penalty_factor=1.0, value_ranges={}, disturbances={},
        ).neutral  # fmt: skip
