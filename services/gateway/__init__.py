"""The gateway: suppliers deliver over HTTP, every line is answered, and every line goes to Kafka."""

from services.gateway.app import build

__all__ = ["build"]
