"""The steps of lesson 14: each a Finding from plain inputs."""

from __future__ import annotations
