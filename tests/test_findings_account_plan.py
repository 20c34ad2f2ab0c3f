"""What lesson 21 says of small books worked by hand."""

from __future__ import annotations

from keyacct_utils.book import Book
from keyacct_utils.lessons.account_plan import findings as lesson


def test_the_book_in_numbers(write_book):
    found = lesson.book_in_numbers(lesson.accounts(Book.open(write_book())))
    assert found.numbers["accounts"] == 2 and found.numbers["total"] == 175.5
