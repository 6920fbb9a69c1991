"""The processes: thin shells that read, call the pure core and write."""
