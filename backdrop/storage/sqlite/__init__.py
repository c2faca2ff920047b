"""The SQLite engine: data sets in one file."""
