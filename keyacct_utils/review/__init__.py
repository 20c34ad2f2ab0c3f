"""What a run hands on: the account review as workbook, Parquet and CSV, and the comparison of two
runs.
"""
