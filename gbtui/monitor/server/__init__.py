"""What any PostgreSQL tells of itself: one file an area, each with its records and its probes."""
