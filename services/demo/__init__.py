"""The demonstration: a real data set goes through the running service while one looks on."""
