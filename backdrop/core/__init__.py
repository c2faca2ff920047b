"""What Backdrop knows without I/O, clock, environment or framework: records, queries and how they fold."""
