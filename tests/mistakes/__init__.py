"""A scored list of the mistakes that users make, each with the code that it must have and the cure that must work."""
