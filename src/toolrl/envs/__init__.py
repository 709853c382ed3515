"""Environments: what answers a model's calls over many turns."""
