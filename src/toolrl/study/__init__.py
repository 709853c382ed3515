"""Studies: several arms by several seeds, trained, measured and compared by one command."""
