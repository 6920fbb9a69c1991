"""Grafana dashboards, alert rules and data source as functions that return JSON. Pure."""
