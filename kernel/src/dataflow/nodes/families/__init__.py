"""How the inputs of each of a model's nodes become an operation: one module per family."""
