"""The read app: queries in, rows out."""
