"""The judgements: pure functions of samples, one file an area."""
