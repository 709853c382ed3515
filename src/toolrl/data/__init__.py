"""Rows of tool-use data become examples."""
