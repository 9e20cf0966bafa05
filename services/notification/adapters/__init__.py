"""Notification's ports on MongoDB and on the mirror of the registry."""
