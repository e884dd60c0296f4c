"""Indexes that the workload asks for: statements read by sqlglot, candidates weighed against what they would cost."""
