"""Reads stored messages again with another model, beside the live stream and after it in the queue for the processor."""
