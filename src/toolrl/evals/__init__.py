"""Measurement: one runner that can be resumed, three files of statistics."""
