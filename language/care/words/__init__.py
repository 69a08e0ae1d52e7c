"""Phrases by language: readable lists, no logic. Folded (lower case, no accents); `;` parts them, `*` takes any
ending, `_` stands for up to three words, `(a|b)` for either. What each list means is in lexicon.py."""
