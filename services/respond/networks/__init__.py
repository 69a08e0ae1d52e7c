"""How answers are written to each network: publish and read back. Reading what people wrote is ingest's."""
