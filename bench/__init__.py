"""Measurements against the budgets, side by side with peers."""
