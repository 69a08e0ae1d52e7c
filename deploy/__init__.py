"""What turns code into manifests. Nothing here runs in production."""
