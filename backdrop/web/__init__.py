"""What the read and write apps share: errors to JSON, request ids, logging."""
