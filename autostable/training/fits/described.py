"""What there is to say of a fit's model, and of where its data are made."""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Sequence

import numpy as np
from keras import tree

from autostable.evidence import ArrayFacts, ModelFacts
from autostable.training import created, data, facts
from autostable.training.examine.held import holding_gaps
from autostable.training.fits.at_rest import AtRest
from autostable.training.fits.given import Given


class Described:
    """Facts of a fit's model and of its arrays."""

    def __init__(self, given: Given, patient: AtRest) -> None:
        self._given, self._model, self._patient = given, given.model, patient

    def model_facts(self, *, weighed: bool = True) -> ModelFacts:
        """Facts of the model.

        Args:
            weighed: Its weights are looked at, too.
        """
        known = facts.model_facts(self._model, self._given.site, weighed=weighed)
        return known if self._ends_in_a_layer else facts.without_outputs(known)

    @functools.cached_property
    def _ends_in_a_layer(self) -> bool:
        """Whether the last layer's output is the model's, by two rows."""
        x = self._given.arguments["x"]
        if facts.is_graph(self._model) or not data.in_memory(x):
            return True
        with self._patient.at_rest():
            return facts.ends_in_a_layer(self._model, tree.map_structure(lambda part: np.asarray(part[:2]), x))

    def with_sites(self, argument: str, audited: Sequence[ArrayFacts]) -> tuple[ArrayFacts, ...]:
        """The facts of arrays with where the user's code makes them."""
        site = self._given.site
        holds = holding_gaps(sys._getframe(1)) if any(each.bad_row_count for each in audited) else None
        return tuple(
            created.with_reader(
                dataclasses.replace(
                    each, site=created.data_site(site, argument, place, holds if each.bad_row_count else None)
                ),
                site,
            )
            for place, each in enumerate(audited)
        )
