"""What respond decides: who may release an answer, and what becomes of a publication. Pure."""
