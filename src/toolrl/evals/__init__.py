"""Measurement: one runner that can be resumed, one file of statistics."""
