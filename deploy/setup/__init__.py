"""One-shot steps of a deployment: they prepare what the services find, may be run again, and say what they did."""
