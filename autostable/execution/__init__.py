"""Targets, the child process that runs them under watch, and the supervisor that makes the report."""
