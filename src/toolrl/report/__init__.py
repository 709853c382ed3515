"""Tables and pictures from run folders. Reads files only; knows no trainer and no model."""
