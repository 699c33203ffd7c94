"""What an instance, a model, a node or a workflow is, as data for people and programs."""
