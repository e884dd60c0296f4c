"""What could be better about indexes, and why it is not advised where it could hurt."""
