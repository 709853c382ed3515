"""API-Bank: one call in a conversation, judged strictly and by the published soft match."""
