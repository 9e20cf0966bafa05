"""What an operator does with a system that holds something: dead events, heads, backups, reconciliation."""
