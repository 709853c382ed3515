"""Training on TRL: one readable recipe a file, a run folder of plain files."""
