"""``dataflow migrate ...``: what ``db.migrations`` does, for people and for deployments."""
