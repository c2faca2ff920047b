"""Storage engines behind one protocol."""
