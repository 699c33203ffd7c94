"""Options of an instance: typed, merged from every source, each with its origin."""
