"""The evidence engine: e-values, e-detectors, many claims at once, intervals and what could have been seen."""
