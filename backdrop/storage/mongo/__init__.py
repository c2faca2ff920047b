"""The MongoDB engine: a collection for each data set."""
