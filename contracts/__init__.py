"""The records everything turns on: plans, observations, evidence and events, and the contracts that guard them.

Pure: nothing here reads a clock, a file that is not part of the package, or the environment.
"""
