"""What the diagnosis goes by: plain facts about data, model and course of a training.

Gathered by `training`, read by `diagnosis` and by the remedies. Pure data, JSON both ways.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping, Sequence

from autostable.judgement import levels
from autostable.records import Astray, Site, Symptom

NARROW_RECURRENCE = 0.5  # at a gain of no more than this less than a thousandth is left of a state after ten steps
WIDE_RECURRENCE = 2.0  # a gain of recurrent weights beyond this makes a state grow from step to step
VANISHED = 1e-3  # share of a schedule's first learning rate that is as good as none


@dataclasses.dataclass(frozen=True)
class ArrayFacts:
    """What an audit found in one array (one input, one target, or the sample weights).

    Per-feature tuples follow the last axis (rank 1 has one feature); statistics are over finite
    entries. Very wide arrays (more than 4096 features) have one pooled feature (length-1 tuples).

    Attributes:
        name: "x", "x[1]", "y", "sample_weight".
        shape: Of the whole array where known, else of what was read; rows first.
        dtype: NumPy name.
        rows_read: How many rows the audit saw.
        nan, inf: Number of such entries.
        bad_rows: Up to 20 row numbers with a non-finite entry; `bad_row_count` counts all.
        bad_columns: Up to 20 features with a non-finite entry.
        constant_columns: Up to 20 features that never change; `constant_count` counts all.
        mean, std, median, iqr, low, high: Per feature.
        within: Per feature what the entries of one row (its steps, points or pixels) spread, in the median of the rows; empty
            for tables.
        outliers: Up to 10 (row, feature, value): far (more than 100 robust spreads and 100
            times the 95th percentile of the distance to the median) from the rest; `outlier_count` counts all.
        kept_low, kept_high: Per feature, the bounds within which no entry is an outlier.
        integers: All finite entries are whole numbers.
        distinct: Number of distinct values (at most 1001 counted).
        whole: Up to 20 features, no flags, that hold whole numbers from 0 on, and nothing else.
        one_hot: Rank 2, entries 0 or 1, each row sums to 1.
        classes: (value, count), at most 100 of them, by value.
        stretches: Of labels in the order in which batches are made of them: how many stretches of equal ones follow each
            other. 0 where rows are shuffled, or that is not known.
        batches: How many batches these labels make; 0 where `stretches` is.
        unaligned: Of sequences that connectionist temporal classification aligns with frames: how many rows need more frames
            than there are.
        site: Where the user's code makes it, if that is not where it trains on it.
        misread: What its numbers are in the other order of their bytes, where it is that one in which they make sense.
        streamed: Its row numbers are places in a stream that is shuffled, mapped or generated, and none of a source.
        ignored: Of a target the label that its loss ignores.
        left_out: How many entries count for nothing: they are such labels, or of a row (or a step) of weight 0. Of these only
            what is not finite is told, in `nan`, `inf`, `bad_rows` and `bad_columns`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    rows_read: int
    nan: int = 0
    inf: int = 0
    bad_rows: tuple[int, ...] = ()
    bad_row_count: int = 0
    bad_columns: tuple[int, ...] = ()
    constant_columns: tuple[int, ...] = ()
    constant_count: int = 0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    median: tuple[float, ...] = ()
    iqr: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    outliers: tuple[tuple[int, int, float], ...] = ()
    outlier_count: int = 0
    kept_low: tuple[float, ...] = ()
    kept_high: tuple[float, ...] = ()
    integers: bool = False
    distinct: int = 0
    one_hot: bool = False
    classes: tuple[tuple[float, int], ...] = ()
    stretches: int = 0
    batches: int = 0
    unaligned: int = 0
    site: Site | None = None
    within: tuple[float, ...] = ()
    whole: tuple[int, ...] = ()
    misread: MisreadFacts | None = None
    streamed: bool = False
    ignored: int | None = None
    left_out: int = 0

    @property
    def marks(self) -> bool:
        """Whether its columns mark classes: each entry is 0 or 1, there are several to a row."""
        return self.integers and len(self.low) > 1 and min(self.low) >= 0.0 and max(self.high) <= 1.0

    @property
    def marks_several(self) -> bool:
        """Whether they are flags of classes of which several may be true of a row."""
        return self.marks and not self.one_hot and sum(self.mean) > 1.0

    @property
    def unmixed(self) -> bool:
        """Whether labels come in no more stretches of equal ones than there are batches, or twice as many as classes.

        A batch of one row is of one class in any order.
        """
        classes = sum(share > 0.0 for share in self.mean) if self.one_hot else len(self.classes)
        batches = self.batches if self.batches < self.rows_read else 0
        return 0 < self.stretches <= max(2 * classes, batches)

    @property
    def rows_counted(self) -> int:
        """How many of the rows that were seen count, parts of rows added up."""
        size = math.prod(self.shape)
        return round(self.rows_read * (1.0 - self.left_out / size)) if size else self.rows_read

    @property
    def floating(self) -> bool:
        return "float" in self.dtype

    @property
    def largest(self) -> float:
        """Largest finite magnitude."""
        return max((abs(value) for value in (*self.low, *self.high)), default=0.0)


@dataclasses.dataclass(frozen=True)
class MisreadFacts:
    """Numbers whose bytes were taken in the wrong order.

    Attributes:
        stored: NumPy name of the type in which they were stored.
        divisor: What they were divided by since.
        facts: Of the same array in the other order.
        decoded: A pipeline decodes them, and what it makes of them since is made of the others in `facts`.
        reader: Name of the function that reads them, called at the array's site; empty where that is not known.
    """

    stored: str
    divisor: float
    facts: ArrayFacts
    decoded: bool = False
    reader: str = ""


@dataclasses.dataclass(frozen=True)
class EntryFacts:
    """What the model makes of an input before the first layer that learns: its own Rescaling, Normalization and the like.

    Attributes:
        kinds: Class names of what rescales, in order: "Rescaling", "Normalization", "TrueDivide".
        names: Keras names of all layers up to the one that learns.
        facts: What comes out of them, on some rows.
        center, scale: What they do is (x - center) / scale, per feature; empty where it is no such map.
        known: False where the user's own code comes first: what it makes of the input is not known, `facts` are the input's.
    """

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    facts: ArrayFacts
    center: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    known: bool = True


@dataclasses.dataclass(frozen=True)
class WindowFacts:
    """Windows of a series whose continuation is the target: the last value of a window nearly is the target already.

    Attributes:
        feature: The feature of the only input that is in the target's units (last axis; 0 of a rank-2 input).
        error: Root mean square of target minus the feature's last value.
        spread: Root mean square of target minus its mean.
        reach: Root mean square of the feature's values minus the window's last one.
        rank: Of the input: 2 (rows, steps) or 3 (rows, steps, features).
    """

    feature: int
    error: float
    spread: float
    reach: float
    rank: int


@dataclasses.dataclass(frozen=True)
class MaskFacts:
    """The mask that a layer makes of what it is given: of a batch, which time steps count for nothing behind it.

    Attributes:
        value: The number by which it knows a step that does not count; None where the user's own code says that.
        masked: Steps that do not count.
        within: Of these, such as lie between the first and the last step of their row that counts.
        counted: Steps that count.
        low, high: The least and the most that the layer is given.
    """

    value: float | None
    masked: int
    within: int
    counted: int
    low: float
    high: float

    @property
    def hides(self) -> bool:
        """Whether it leaves out of what rows say a share that is too large to be overlooked, and not only their padding."""
        return self.within >= levels.DELTA * (self.within + self.counted) > 0.0


@dataclasses.dataclass(frozen=True)
class LayerFacts:
    """One layer (recurrent cells count as their layer).

    Attributes:
        name: Keras name; key for `Setup.activations` and its kin.
        kind: Class name, e.g. "Dense", "LSTM".
        activation: Name of its activation ("linear", "relu", "custom"), None where it has none.
        initializer: Class name of the initializer of its kernel, or of its embeddings; None where it has neither.
        units: Width of its output (last axis), None where unknown.
        is_output: Its output is an output of the model; `place` which one, counted from 0.
        recurrent: It carries state over time.
        builtin: It comes with Keras (its `call` is not the user's code).
        site: Where the user's code builds it; `activation_site` where that call's activation is written.
        initializer_site: Where the initializer of its kernel or table is made.
        saturated: Share of outputs within 1 % of the activation's bounds on a kept batch at the start.
        dead: Share of units that are zero for every example of that batch.
        died: Share of units that are zero for every one of some rows at the end of a fit that has learnt nothing.
        magnitude: Mean |output| on that batch.
        gradient: Norm of its kernel's gradient on that batch; None where it has none.
        weight: Norm of its kernel.
        gain: That norm over the one that Glorot's initializer gives: how far its first weights carry a signal.
        recurrent_gain: Norm of a recurrent kernel over that of an orthogonal one; None of other layers.
        recurrent_site: Where the recurrent kernel of a cell of the user's own is made.
        ungated: Its state is kept by its recurrent weights alone.
        momentum: Of a BatchNormalization's moving averages; None of other layers. `momentum_site` is where it is given.
        statistics: How many means and variances a Normalization was adapted to, `gaps` how many are not finite, and
            `adapted_site` where it was.
        penalty: What its regularizers add to the loss of that batch; `penalty_site` where they are written.
        averaged: How many numbers a BatchNormalization averages for each feature of a batch, another normalization for each
            mean that it takes.
        nonfinite: Entries of its weights that are NaN or Inf before the first step.
        bias: Mean |bias| before the first step; None where it has none.
        gate: Its outputs multiply what other layers give.
        scores: A softmax layer without weights takes its outputs for scores.
        looks_up: Which input of the model an Embedding looks up as it is, of `rows` rows.
        value_range: What a layer that changes pictures takes them to lie in; `given_range` what they do lie in.
        mask: The mask that it makes of what it is given, by the numbers in that.
        idle: A BatchNormalization that was to be trained, and whose moving averages are as they began when all is over.
        frozen: Entries of its matrices where these are not trained (`trainable = False`); 0 of other layers.
        as_drawn: These are what its initializer has drawn: nobody has trained or loaded them. `frozen_site`: what froze it.
    """

    name: str
    kind: str
    activation: str | None = None
    initializer: str | None = None
    units: int | None = None
    is_output: bool = False
    recurrent: bool = False
    builtin: bool = True
    site: Site | None = None
    activation_site: Site | None = None
    initializer_site: Site | None = None
    saturated: float | None = None
    dead: float | None = None
    died: float | None = None
    magnitude: float | None = None
    gradient: float | None = None
    weight: float | None = None
    gain: float | None = None
    recurrent_gain: float | None = None
    recurrent_site: Site | None = None
    ungated: bool = False
    momentum: float | None = None
    momentum_site: Site | None = None
    averaged: int | None = None
    statistics: int = 0
    gaps: int = 0
    adapted_site: Site | None = None
    penalty: float = 0.0
    penalty_site: Site | None = None
    place: int = 0
    nonfinite: int = 0
    gate: bool = False
    scores: bool = False
    idle: bool = False
    bias: float | None = None
    looks_up: int | None = None
    rows: int | None = None
    value_range: tuple[float, float] | None = None
    given_range: tuple[float, float] | None = None
    mask: MaskFacts | None = None
    frozen: int = 0
    as_drawn: bool = False
    frozen_site: Site | None = None

    @property
    def grows(self) -> bool:
        """Whether its recurrent weights make its state grow from step to step."""
        return self.recurrent_gain is not None and self.recurrent_gain > WIDE_RECURRENCE

    @property
    def forgets(self) -> bool:
        """Whether its recurrent weights leave next to nothing of its state after a few steps, and nothing else keeps it."""
        return self.ungated and self.recurrent_gain is not None and self.recurrent_gain <= NARROW_RECURRENCE


_WHOLE_UP_TO = {"bfloat16": 2**8, "float16": 2**11}  # bits of the significand, the hidden one included


@dataclasses.dataclass(frozen=True)
class ModelFacts:
    """The model, its loss and its optimizer.

    Attributes:
        loss: Keras name of the compiled loss ("mean_squared_error", ...), "custom" for a function
            of the user's, None where there is no compiled loss.
        losses: The same for each of several outputs, in their order, "" where one has none; empty where it is not known.
        from_logits: As given to the loss.
        loss_arguments: Names of the first two arguments of a loss that is a function, or a class, of the user's.
        loss_site, optimizer_site: Where the user's code makes them.
        loss_line: Where a step of the user's own computes its loss.
        own_step: A `train_step` of the user's own computes it, which was seen to be the one of Keras' that `loss` names.
        average: The momentum of the average that the optimizer keeps of the weights; None where it keeps none.
        average_site: Where the optimizer is given it.
        decay: The optimizer's weight decay: in each step it takes that many learning rates of each weight away. None: nothing.
        decay_site: Where the optimizer is given it.
        trained: How many numbers are trained; None where it was not counted.
        optimizer: Class name; `learning_rate` is the highest rate that was in force, None if unreadable.
        clipnorm: The least norm that the optimizer clips gradients to; None where it clips to none.
        weights_site: Where the sample weights are given.
        schedule: The rate follows a schedule, or a callback sets it; `schedule_site` where the user's code makes that.
        rate_held: The rate is what a function of the user's said when the step was traced; it is not asked again.
        precision: Name of the dtype policy; `precision_site` where half precision was made the default.
        casts: Its inputs are cast to what it computes in.
        metrics: Keras names of the compiled metrics.
        bare: It is made of variables and operations, not of layers: `layers` are the activations that the code calls.
        matrices: Of a bare one, names of the matrices that are trained, as `Setup.initializers` takes them.
    """

    name: str = ""
    layers: tuple[LayerFacts, ...] = ()
    loss: str | None = None
    from_logits: bool = False
    loss_site: Site | None = None
    optimizer: str | None = None
    optimizer_site: Site | None = None
    learning_rate: float | None = None
    schedule: bool = False
    clipnorm: float | None = None
    epsilon: float | None = None
    precision: str = "float32"
    jit_compile: bool = False
    metrics: tuple[str, ...] = ()
    fit_site: Site | None = None
    schedule_site: Site | None = None
    weights_site: Site | None = None
    rate_held: bool = False
    losses: tuple[str, ...] = ()
    precision_site: Site | None = None
    bare: bool = False
    matrices: tuple[str, ...] = ()
    loss_arguments: tuple[str, ...] = ()
    casts: bool = True
    loss_line: Site | None = None
    own_step: bool = False
    average: float | None = None
    average_site: Site | None = None
    decay: float | None = None
    decay_site: Site | None = None
    trained: int | None = None

    @property
    def loss_place(self) -> Site | None:
        """Where the loss comes from: the line that makes it or computes it, else where `fit` is called."""
        return self.loss_site or self.loss_line or self.fit_site

    @property
    def rate_site(self) -> Site | None:
        """Where the learning rates come from: the schedule's line, else the optimizer's."""
        return self.schedule_site or self.optimizer_site

    @property
    def outputs(self) -> tuple[LayerFacts, ...]:
        """In the order in which the model gives them, which is that of the targets."""
        return tuple(sorted((layer for layer in self.layers if layer.is_output), key=lambda layer: layer.place))

    @property
    def whole_up_to(self) -> int | None:
        """The whole number up to which the type that it computes in tells all from each other; None where that is no matter."""
        return next((most for name, most in _WHOLE_UP_TO.items() if self.precision.endswith(name)), None)

    @property
    def in_half(self) -> bool:
        """Whether it computes in float16, which ends at 65504."""
        return "float16" in self.precision and "bfloat16" not in self.precision

    def seen_from(self, output: LayerFacts, loss: str) -> ModelFacts:
        """The model as one of several outputs has it."""
        layers = tuple(dataclasses.replace(layer, is_output=layer == output) for layer in self.layers)
        return dataclasses.replace(self, layers=layers, loss=loss, losses=())


@dataclasses.dataclass(frozen=True)
class LateMask:
    """An operation of the user's that takes entries of the data that are not finite, before a factor of 0 leaves them out.

    Attributes:
        op: TensorFlow's name of it.
        argument: Which of its arguments they are in, counted from 0.
        site: Where the user's code calls it.
    """

    op: str
    argument: int
    site: Site


@dataclasses.dataclass(frozen=True)
class Finding:
    """What the replay of the failing step found.

    Attributes:
        op: The operation whose result is the first non-finite value that reaches the loss, a
            gradient or a state; "Variable" for a weight or state that was bad before the step,
            "Input" for bad input data, "Label" for labels or weights.
        born: "forward", "gradient", "update" (finite gradients, non-finite weights) or "data".
        site: The operation in the user's code.
        layer, layer_kind: The layer within which it ran, if any; `in_loss`: inside the loss.
        builtin: The operation was called by a built-in layer or loss, not by the user's own code.
        layer_site: Where the user builds that layer.
        input_low, input_high: Range of the operation's finite arguments (for a division: divisor).
        least: Least magnitude of the divisors other than 0, where something other than 0 is divided by 0; of a logarithm of
            data, in which nothing that is trained has a part, the least number above 0.
        largest: Largest finite magnitude among the values of the step before the birth.
        rows: Rows of the batch that are bad (first 20); `data_rows` the rows of the user's arrays.
        masked: Gradient-born behind a where/select: the forward value is masked.
        upstream: Names of other operations that were born non-finite as well, in order.
        variables: Names of the variables with a non-finite gradient (or value).
        others: Further lines of the user's where the same operation was born non-finite in this step.
        fed_by: Name of the layer whose output, or a part of it, is the operation's argument.
        of_share: It is a logarithm, and that of 1 less its argument is taken, too, as of a probability.
        alike: Further lines of the same layer or loss with the same mistake, finite in this step.
        logarithms: It lies in a formula of exponentials or shares that can be computed from their logarithms.
        root: Of a division, where the user's code takes the root (the norm) that is its divisor.
        value_alone: The loss is not finite, but nothing that weights depend on made it so, and all gradients are finite.
        left_out: Likewise, where a `where` leaves all of them out of the loss: its derivative does not.
        labels: Of class numbers that were refused, how many there were, and how many classes there are to choose from; their
            least and largest are `input_low` and `input_high`.
        late_mask: Of bad data, where they come in, if a factor of 0 is to leave all of them out later: 0 * NaN is NaN.
        check: What `tf.debugging.check_numerics` says of the operation's result.
        only_xla: The step is sound without XLA, whose gradients are stricter (0 * inf is NaN).
        halved: Of an operation in float16, where the user's code casts to float16 what it is given.
        vanished: It gives nothing but 0 in float16, and the loss is 0 with it; in float32 it would not be.
        entered: Of such a loss, where the number that is not finite came in (a mask of -inf).
    """

    op: str
    born: str
    site: Site | None = None
    layer: str | None = None
    layer_kind: str | None = None
    in_loss: bool = False
    builtin: bool = False
    layer_site: Site | None = None
    input_low: float | None = None
    input_high: float | None = None
    least: float | None = None
    largest: float | None = None
    rows: tuple[int, ...] = ()
    data_rows: tuple[int, ...] = ()
    masked: bool = False
    upstream: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    others: tuple[Site, ...] = ()
    alike: tuple[Site, ...] = ()
    fed_by: str | None = None
    of_share: bool = False
    logarithms: bool = False
    root: Site | None = None
    value_alone: bool = False
    check: str | None = None
    only_xla: bool = False
    entered: Site | None = None
    late_mask: LateMask | None = None
    labels: tuple[int, int] | None = None
    left_out: Site | None = None
    halved: tuple[Site, ...] = ()
    vanished: bool = False

    @property
    def in_optimizer(self) -> bool:
        """Whether it arose in an update rule that comes with Keras; gradients and loss were finite."""
        return self.born == "update" and self.builtin


@dataclasses.dataclass(frozen=True)
class Crossing:
    """An operation by whose shapes the wrong rows meet.

    Attributes:
        op: TensorFlow's name of it.
        rows: How many.
        column: Which of its two arguments is the column, counted from 0.
        site: Where the user's code calls it.
        form: "column": a column, (rows, 1), met a flat (rows,), so every row met every other, and the result is (rows, rows);
            "transposed": a flat (rows,) met its own transpose, which is as flat, so each row met itself alone; "poured": what
            was picked of each row, (rows, entries) times one-hot, is summed or averaged over all rows at once, and that one
            number meets a flat (rows,).
    """

    op: str
    rows: int
    column: int
    site: Site
    form: str = "column"

    @property
    def sure(self) -> bool:
        """Whether nobody means it: of a column that meets a flat array all pairs may be what was wanted."""
        return self.form != "column"


@dataclasses.dataclass(frozen=True)
class LoneShare:
    """A softmax along an axis of one entry: that entry's share is 1 whatever comes in, and no gradient gets through.

    Attributes:
        op: TensorFlow's name of it.
        shape: Of its argument, rows first.
        site: Where the user's code calls it, or the layer that does.
    """

    op: str
    shape: tuple[int, ...]
    site: Site

    @property
    def several(self) -> bool:
        """Whether the axis before is one of entries that may have been meant."""
        return len(self.shape) > 2 and self.shape[-2] > 1


@dataclasses.dataclass(frozen=True)
class SharesAsLogits:
    """Shares that a softmax or sigmoid makes, and a crossentropy takes for logits: it makes shares of them once more.

    Attributes:
        op: TensorFlow's name of what makes them.
        site: Where the user's code calls it, or the layer that does.
        reached: Of the way from the best constant shares to the best there are, how much the loss has gone.
        layer: Name of the layer, or operation, of Keras' within which it runs, where no line of the user's calls it.
    """

    op: str
    site: Site
    reached: float
    layer: str | None = None

    @property
    def short(self) -> bool:
        """Whether too little was learnt of what can be learnt from shares that are taken for logits."""
        return self.reached < levels.REACH


@dataclasses.dataclass(frozen=True)
class HiddenShares:
    """A softmax between two products with trained matrices: the one behind it is given shares, which sum to 1.

    Attributes:
        units: Among how many they are shared.
        site: Where the user's code calls it; None where a layer does.
        layer: Name of the layer of Keras' that applies it.
    """

    units: int
    site: Site | None = None
    layer: str | None = None


@dataclasses.dataclass(frozen=True)
class Misfed:
    """A Normalization that was adapted to other numbers than it is given, as in a model that was trained before.

    Attributes:
        name: Its name in Keras.
        given: What it is given, on some rows.
        seen: What it makes of that.
        site: Where the user's code makes it.
    """

    name: str
    given: ArrayFacts
    seen: ArrayFacts
    site: Site | None


@dataclasses.dataclass(frozen=True)
class AlteredFacts:
    """Stored data that change when a batch is read: the first batch, read twice with the same random numbers.

    Attributes:
        mean, std: Of what it holds the first time.
        again_mean, again_std: The second time.
        site: The line of the user's that changes them, as far as that is known.
        taken: The line that takes a part of them, where all that is missing there is a copy.
    """

    mean: float
    std: float
    again_mean: float
    again_std: float
    site: Site | None = None
    taken: Site | None = None


@dataclasses.dataclass(frozen=True)
class Disturbance:
    """What a layer does that changes its rows at random while the model trains, before any weights: an augmentation, a noise.

    What a plain model tells of the targets of rows that it has not seen is measured of what the layer is given, and of what
    it makes of that.

    Attributes:
        name: Its name in Keras.
        kind: Its class.
        settings: By what it does more or less, as `knowledge.disturbances` names them: one number, or both ends.
        mode: Of a flip, its directions.
        kept: Share of the spread of what it is given that its output goes along with (a squared correlation).
        told: What the plain model tells of what the layer is given, in the calibrated measure.
        left: The same of what it makes of that.
        destroys: `left` is surely next to nothing of `told`.
        spared: Of each weaker form of it (`knowledge.disturbances.weaker`), whether the plain model tells about as much as of
            what it is given.
        site: Where the user's code builds it.
    """

    name: str
    kind: str
    settings: tuple[tuple[str, tuple[float, ...]], ...] = ()
    mode: str = ""
    kept: float | None = None
    told: float = 0.0
    left: float = 0.0
    destroys: bool = False
    spared: tuple[bool, ...] = ()
    site: Site | None = None

    @property
    def as_set(self) -> Mapping[str, str | float | Sequence[float]]:
        """What it is set to, as `knowledge.disturbances` has it."""
        if self.mode:
            return {"mode": self.mode}
        return {name: ends[0] if len(ends) == 1 else list(ends) for name, ends in self.settings}


@dataclasses.dataclass(frozen=True)
class Warned:
    """A warning of NumPy's.

    Attributes:
        said: Its text.
        site: The line of the user's that led to it.
    """

    said: str
    site: Site

    def __str__(self) -> str:
        return f"NumPy warned at {self.site.file}:{self.site.line}: {self.said}"


@dataclasses.dataclass(frozen=True)
class Course:
    """How a training went.

    Attributes:
        steps: Steps that were run; `full` the steps of the whole training where known.
        losses: Loss of single steps, evenly thinned to at most 2000, oldest first.
        gradients: Norm of all gradients of the same steps.
        steps_per_epoch, epochs: Where known.
        batch: Rows of the first batch of a `fit`; 0 where that is not known.
        metrics: The last logged value of each metric of the baseline.
        rates: What a schedule gives as the learning rate at every tenth of the steps, from 0 to their end; else empty.
        swings: Several optimizers work against each other: their losses rise and fall, and no start is a measure of them.
        targets_move: The targets are made of the program's own answers, as those of Q-learning, and grow with them.
        moved: How far that matrix has come, of those that are trained, which has come farthest: the norm of its change from
            the first step to the last, in the norm that it began with. None where that is not known.
        kept: The norm of all matrices that are trained together after the last step, in the norm that they began with.
    """

    steps: int = 0
    full: int | None = None
    losses: tuple[float, ...] = ()
    gradients: tuple[float, ...] = ()
    steps_per_epoch: int | None = None
    epochs: int | None = None
    metrics: tuple[tuple[str, float], ...] = ()
    rates: tuple[float, ...] = ()
    swings: bool = False
    moved: float | None = None
    targets_move: bool = False
    kept: float | None = None
    batch: int = 0

    @property
    def rate_vanishes_at(self) -> int | None:
        """The tenth of the training, 1 to 3, from which on a schedule leaves no rate to speak of; None if there is none."""
        if not self.rates or self.rates[0] <= 0:
            return None
        gone = (tenth for tenth in (1, 2, 3) if max(self.rates[tenth:], default=1.0) < VANISHED * self.rates[0])
        return next(gone, None)


class Cut(enum.StrEnum):
    """Where the way from a loss back to what is trained ends."""

    OPERATION = "operation"
    """At an operation that has no gradient."""
    LEFT = "left"
    """Before it begins: the loss is not made of what is trained."""
    UNSEEN = "unseen"
    """At a tape that has not seen all of it."""


@dataclasses.dataclass(frozen=True)
class Severed:
    """Why nothing that is trained gets a gradient, and the step raises an error.

    Attributes:
        at: What the way back ends at.
        site: That operation, with its name; otherwise the line where something is first (LEFT: last) made of what is trained.
        in_loss: It is an operation of the loss that the model is compiled with.
    """

    at: Cut
    site: Site | None
    in_loss: bool = False


@dataclasses.dataclass(frozen=True)
class NegativeClasses:
    """Class numbers below 0 that `to_categorical` was given: counted from the end, as NumPy does.

    Attributes:
        count: How many, `of` how many numbers; `least` of them.
        classes: How many columns were made of them.
        site: Where the user's code calls it.
    """

    count: int
    of: int
    least: int
    classes: int
    site: Site


@dataclasses.dataclass(frozen=True)
class Remainder:
    """The batch whose step failed holds fewer rows than the others, and a `fit` can do without it.

    Attributes:
        rows: How many it holds.
        whole: How many the first one does.
    """

    rows: int
    whole: int


@dataclasses.dataclass(frozen=True)
class NeverApplied:
    """Gradients that a program asks for while the line that would use them is never come to.

    Attributes:
        steps: How often they were asked for.
        site: That line.
    """

    steps: int
    site: Site


@dataclasses.dataclass(frozen=True)
class Evidence:
    """All that is known of one failing training.

    Attributes:
        kind: "fit", "train_on_batch" or "loop".
        inputs, targets: Audits of the data; empty where it cannot be read.
        constant_loss: The best loss that a constant prediction can get under the user's loss.
        initial_loss: Loss before the first update.
        chance_loss: What an untrained model of this output should get; None where unknown.
        error: Text of the exception, where the step raised.
        autoencoder: The target is the input itself.
        windows: Set where inputs are windows of a series and the only target is what comes next.
        entries: For each input what the model itself makes of it first; None where a layer that learns takes it as it is.
            Empty where nobody has looked.
        validation: Audits of the data that a training is validated on, inputs and targets.
        shuffled_apart: Inputs and targets are shuffled each by itself before they are paired.
        alike: Names of matrices of the user's own making whose entries were all equal to the last: they never became different.
        alike_places: The same as `Setup.initializers` takes them.
        alike_site: Where the first of them is made.
        warned: Where NumPy has first warned of NaN or Inf.
        divided: Lines of the script itself where it has warned of a division, and those that divide by the same; only where the
            script can be run again with them computed otherwise.
        copied: Names of matrices some of whose columns are copies of one another to the last: units that began equal.
        copied_places: Of those of the user's own making the same as `Setup.initializers` takes them.
        copied_site: Where the first of them is made.
        leaning: Names of matrices whose mean at the start drowns what tells their units apart (see `install.leaning`).
        leaning_site: Where the first of them is made, of those of the user's own making.
        zeros: Names of variables that hold nothing but 0 and are trained, under an operation that is singular there.
        zero_places: The same as `Setup.initializers` takes them.
        zero_sites: Where they are made, each line once.
        reruns: The program is a script that can be run again from its start with lines of it mended.
        altered: What reading a batch does to the data that are stored.
        crossing: Where the loss, by its shapes, compares every row with every other; looked for where little was learnt.
        emptied: A comparison of the user's own that is true nowhere, of a step whose gradients are all zero; likewise.
        stepped: An operation of the user's own without a slope (a sign), of a step whose gradients are all zero.
        unreached: Names of what is trained and got no gradient at all, in a step in which something else did; likewise.
        lone_share: A softmax along an axis of one entry; likewise.
        misfed: Normalizations that bring what they are given out of order; likewise.
        as_logits: Shares that a loss takes for logits; likewise.
        starving: Softmaxes between two products with trained matrices; likewise.
        unapplied: Gradients that no optimizer was given, of a program that has one.
        disturbances: Layers before any weights that change rows at random; looked for where little was learnt.
        severed: Why a step whose optimizer was given no gradient at all has none.
        collapsed: What one output says of different rows has come together to one answer since the start; likewise.
        class_weights: Where `fit` is given class weights; None where it is given none.
        negatives: Of class numbers below 0 that were made columns of.
        remainder: Set where it was the last batch of an epoch, smaller than the others, whose step failed.
    """

    symptom: Symptom
    kind: str = "fit"
    finding: Finding | None = None
    inputs: tuple[ArrayFacts, ...] = ()
    targets: tuple[ArrayFacts, ...] = ()
    weights: ArrayFacts | None = None
    model: ModelFacts = ModelFacts()
    course: Course = Course()
    constant_loss: float | None = None
    initial_loss: float | None = None
    chance_loss: float | None = None
    error: str | None = None
    autoencoder: bool = False
    windows: WindowFacts | None = None
    entries: tuple[EntryFacts | None, ...] = ()
    validation: tuple[ArrayFacts, ...] = ()
    shuffled_apart: bool = False
    alike: tuple[str, ...] = ()
    alike_places: tuple[str, ...] = ()
    alike_site: Site | None = None
    crossing: Crossing | None = None
    emptied: Site | None = None
    lone_share: LoneShare | None = None
    misfed: tuple[Misfed, ...] = ()
    as_logits: SharesAsLogits | None = None
    starving: tuple[HiddenShares, ...] = ()
    unapplied: NeverApplied | None = None
    warned: Warned | None = None
    divided: tuple[Site, ...] = ()
    copied: tuple[str, ...] = ()
    copied_places: tuple[str, ...] = ()
    copied_site: Site | None = None
    leaning: tuple[str, ...] = ()
    leaning_site: Site | None = None
    zeros: tuple[str, ...] = ()
    zero_places: tuple[str, ...] = ()
    zero_sites: tuple[Site, ...] = ()
    stepped: Site | None = None
    unreached: tuple[str, ...] = ()
    reruns: bool = False
    altered: AlteredFacts | None = None
    disturbances: tuple[Disturbance, ...] = ()
    severed: Severed | None = None
    collapsed: bool = False
    class_weights: Site | None = None
    negatives: tuple[NegativeClasses, ...] = ()
    remainder: Remainder | None = None

    @property
    def astray(self) -> Astray | None:
        """Targets some of which are not what they say, as the judge has seen them."""
        found = self.symptom.evidence.get("astray")
        return None if found is None else Astray(**found)

    @property
    def destroying(self) -> tuple[Disturbance, ...]:
        """Layers behind which the targets are told no more, or far less."""
        return tuple(each for each in self.disturbances if each.destroys)

    @property
    def misfed_within(self) -> tuple[Misfed, ...]:
        """Those of `misfed` that do not take an input of the model itself: what such a one makes of it is in `entries`."""
        entered = {name for entry in self.entries if entry is not None for name in entry.names}
        return tuple(each for each in self.misfed if each.name not in entered)

    @property
    def starts_far(self) -> bool:
        """Whether the loss begins above twice that of guessing: what is drawn at the start is sure of itself, and wrong."""
        chance = self.chance_loss
        return chance is not None and self.initial_loss is not None and self.initial_loss > levels.TWICE * chance > 0.0

    @property
    def penalty_share(self) -> float | None:
        """What regularizers add to the loss of the first batch, in parts of the loss itself; None where that is not known."""
        added = math.fsum(layer.penalty for layer in self.model.layers)
        own = None if self.initial_loss is None else self.initial_loss - added
        return added / own if own is not None and own > 0.0 else None

    @property
    def penalized(self) -> LayerFacts:
        """The layer whose regularizers add most."""
        return max(self.model.layers, key=lambda layer: layer.penalty)

    def made(self, facts: ArrayFacts) -> Site | None:
        """Where an array is made, as far as the user's code shows it; else where the training is given it."""
        return facts.site or self.model.fit_site

    @property
    def views(self) -> tuple[Evidence, ...]:
        """The same evidence as each output of the model has it: its layer, its loss, its target."""
        outputs, losses = self.model.outputs, self.model.losses
        if not len(outputs) == len(losses) == len(self.targets) > 1:
            return (self,)
        return tuple(
            dataclasses.replace(self, targets=(target,), model=self.model.seen_from(output, loss))
            for output, loss, target in zip(outputs, losses, self.targets, strict=True)
        )

    @property
    def fed_by(self) -> LayerFacts | None:
        """The layer whose output is the argument of the operation that was found."""
        name = None if self.finding is None else self.finding.fed_by
        return next((layer for layer in self.model.layers if layer.name == name), None)
