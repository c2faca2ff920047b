"""What every resource of the API shares: bodies in, answers and errors out, who may, and the log."""
