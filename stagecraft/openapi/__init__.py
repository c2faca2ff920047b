"""The API described: as an OpenAPI 3.1 document for programs, and as a page for people.

Bodies are described by the very rules that check them (`api.shapes.Rule`).
"""
