"""The services as people reach them: signing in, calling the public APIs, keeping what was acknowledged."""
