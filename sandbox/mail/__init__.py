"""A mail server with a mailbox for every brand: IMAP to read, SMTP submission to send."""
