"""What a judgement is made of: an answer and the figure it rests on."""

from __future__ import annotations

import dataclasses
import enum


class Answer(enum.StrEnum):
    """What can be said of a statement."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "cannot be told"


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement about a training.

    Attributes:
        answer: Whether it holds. What cannot be told counts neither against a training nor for a plan.
        figure: The number that the answer rests on.
        why: A few words for the report; nothing decides by them.
    """

    answer: Answer = Answer.UNKNOWN
    figure: float | None = None
    why: str = ""

    @property
    def yes(self) -> bool:
        return self.answer is Answer.YES

    @property
    def no(self) -> bool:
        return self.answer is Answer.NO

    @property
    def unknown(self) -> bool:
        return self.answer is Answer.UNKNOWN


def yes(figure: float | None = None, why: str = "") -> Statement:
    """The statement holds."""
    return Statement(Answer.YES, figure, why)


def no(figure: float | None = None, why: str = "") -> Statement:
    """The statement does not hold."""
    return Statement(Answer.NO, figure, why)


def unknown(why: str = "", figure: float | None = None) -> Statement:
    """Nothing can be said."""
    return Statement(Answer.UNKNOWN, figure, why)
