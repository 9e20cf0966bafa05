"""What a deployment runs beside the services."""
