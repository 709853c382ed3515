"""Where text comes from: the name resolver, the built-in model, local transformers models."""
