"""A dozen odd little books, and the rules that every finding on every one of them keeps."""
