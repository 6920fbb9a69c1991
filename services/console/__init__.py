"""The console: pages, JSON API and server-sent events for the people who evaluate and decide."""
