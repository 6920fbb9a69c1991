"""Real servers started by ourselves: Apache Kafka, PostgreSQL and MLflow, each under the state directory.

Every server has the same small shape (`server.py`), listens on 127.0.0.1 only, and ends when its supervisor ends.
"""
