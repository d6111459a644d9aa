"""From a failed training to the smallest plan that holds: ladders of remedies, beliefs, passes, the search. Pure."""
