"""Kafka: topics, senders, and the consumer that takes every record exactly once."""
