"""Adapters, one per outside system: settings, Kafka, PostgreSQL, MLflow, logs and the embedded servers."""
