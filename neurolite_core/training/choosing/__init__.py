"""What is trained where nobody said it: candidates, how large their files will be, and which of them is the best."""
