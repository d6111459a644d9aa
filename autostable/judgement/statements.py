"""What a judgement is made of: an answer and the figure it rests on."""

from __future__ import annotations

from autostable.records import Answer, Statement


def yes(figure: float | None = None, why: str = "") -> Statement:
    """The statement holds."""
    return Statement(Answer.YES, figure, why)


def no(figure: float | None = None, why: str = "") -> Statement:
    """The statement does not hold."""
    return Statement(Answer.NO, figure, why)


def unknown(why: str = "", figure: float | None = None) -> Statement:
    """Nothing can be said."""
    return Statement(Answer.UNKNOWN, figure, why)


__all__ = ["Answer", "Statement", "no", "unknown", "yes"]
