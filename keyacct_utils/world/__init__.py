"""The generator of the synthetic book of Linjiang Energy Supply."""
