"""A book: files and databases read, checked against the contract, and rolled up."""

from keyacct_utils.book.book import BUNDLED, DATASETS, Book, book_file

__all__ = ["BUNDLED", "DATASETS", "Book", "book_file"]
