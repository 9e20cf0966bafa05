"""`dudao verify`: recomputes everything from the ledgers' bytes by code of its own, and names what does not agree.

Nothing here is shared with the services' own hashing, projections or alert rules: a mistake there must not hide itself.
"""
