"""PostgreSQL, the durable truth: plans, checkpoints, evidence, quarantine, signals and the outbox."""
