"""Credit grade of an electricity account."""
