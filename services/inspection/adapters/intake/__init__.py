"""Looks into a file that somebody sent, in a process of its own: what it is, and what is to be shown of it.

The process (`python -m services.inspection.adapters.intake`) reads the file from standard input under limits of memory
and time, and touches nothing else.
"""
