"""Transforms: read one data set, compute, post to another; and the worker that runs them."""
