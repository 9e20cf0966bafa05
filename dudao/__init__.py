"""The command line of Dudao: it starts, checks and measures the system."""
