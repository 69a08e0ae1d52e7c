"""What a brand must never and must always say: terms found through disguises, amounts, addresses, verdicts."""
