"""The admin site: where people set up data sets, tokens and transforms, on Django's admin."""
