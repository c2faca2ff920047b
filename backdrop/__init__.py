"""Backdrop: the datastore of a performance platform."""

__version__ = "0.1.0"
