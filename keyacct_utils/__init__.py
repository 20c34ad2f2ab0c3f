"""Key-account (大客户) analysis: the small package that the lessons share."""

__version__ = "1.0.0"
