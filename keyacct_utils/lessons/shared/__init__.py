"""What several lessons compute with."""
