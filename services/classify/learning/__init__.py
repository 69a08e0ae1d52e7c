"""Learning from people's corrections, brand by brand. The base models are never touched."""
