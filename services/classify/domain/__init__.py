"""What labels mean and how they are decided: pure functions, no weights, no I/O."""
