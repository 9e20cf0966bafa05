"""What crosses a service boundary: ledgers, events, roles, expected consumers. Imports nothing of ours."""
