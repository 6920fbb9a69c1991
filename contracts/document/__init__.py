"""Reading documents that people write, plans and contracts: every problem with its place and line."""
