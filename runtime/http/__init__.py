"""The HTTP side of a service: factory, problems, headers, paging, health, server. Import from the modules."""
