"""Notification's doors: the HTTP API, the live stream, the worker."""
