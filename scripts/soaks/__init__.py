"""Long trials with random faults: a module for each kind, run by scripts/soak.

A module has ROUNDS, how many a whole run takes, and `run(rounds, seed, files)`, which returns the
lines that tell how it went and raises AssertionError where a promise was broken.
"""
