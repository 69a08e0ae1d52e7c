"""What both halves of a connector must know about a network: ids, limits, counting. Pure."""
