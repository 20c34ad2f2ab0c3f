"""Satisfaction that predicts."""
