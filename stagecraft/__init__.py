"""Stagecraft: the config API, where data sets, their tokens and their transforms are set up.

It knows nothing of the `backdrop` package, which in turn knows this one by its HTTP API alone.
"""
