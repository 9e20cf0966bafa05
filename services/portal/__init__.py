"""Accounts, sign-in and short tokens: says who somebody is, never what they may do (that is in the grants)."""
