"""Widgets, each alone in an app."""
