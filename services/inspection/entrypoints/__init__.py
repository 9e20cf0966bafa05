"""HTTP, the relay worker and the first initialisation."""
