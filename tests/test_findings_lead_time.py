"""What lesson 20 says of small books worked by hand."""
