"""Measurements of what the tests, the outputs and the intervals are worth; ``make trust`` runs
them and writes docs/trust.md.
"""
