"""The running model and its artefact. Nothing here learns."""
