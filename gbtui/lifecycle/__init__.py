"""What happens to the platform's data over time: partitions made ahead, later retention and archive."""
