"""What the portal calls: MongoDB, the inspection service."""
