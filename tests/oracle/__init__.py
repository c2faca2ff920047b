"""An independent answer to every GET query, by the text of the read API alone, and a corpus to ask.

It shares nothing with `backdrop/`: where the two differ, one of them has misread the protocol.
"""
