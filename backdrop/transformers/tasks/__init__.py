"""The built-in functions, each named `backdrop.transformers.tasks.<module>.compute`: pure, rows in, records out."""
