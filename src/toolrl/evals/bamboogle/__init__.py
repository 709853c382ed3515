"""Bamboogle: questions of two hops, answered with a search tool over several rounds."""
