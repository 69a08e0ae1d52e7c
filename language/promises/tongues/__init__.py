"""The words of six languages that promises and moments are made of. What is done with them: finding.py, moments.py."""
