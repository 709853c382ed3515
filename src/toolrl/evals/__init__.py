"""Measurement: one runner that can be resumed and scored again, one file of statistics."""
