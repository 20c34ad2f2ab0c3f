"""How a lesson looks and speaks."""
