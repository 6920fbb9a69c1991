"""What breaks validity, each case twice: naively counted, and with the engine's cure. Nothing ever happens."""
