"""BFCL: single calls judged by the official checker, conversations by the official end states."""
