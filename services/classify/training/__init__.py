"""Builds the model from message sets. Never imported by the running service."""
