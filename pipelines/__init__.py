"""From records to evidence: the fold, the comparisons and the judgement. Pure; values in, values out."""
