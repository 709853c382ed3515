"""Seeded variants of a benchmark: what a model knows by heart no longer helps it."""
