"""Today's and tomorrow's key accounts."""
