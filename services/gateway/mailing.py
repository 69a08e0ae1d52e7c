"""Sends one mail by the agency's own server. What it says is decided elsewhere."""

from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib

from services.gateway.settings import GatewaySettings
from services.gateway.store.pages import Tried

SMTP_TIMEOUT_S = 15.0


async def deliver(smtp: GatewaySettings, mail: EmailMessage) -> Tried:
    """Try once to hand a mail over. Never raises for a failure."""
    if not smtp.gateway_smtp_host or not smtp.gateway_smtp_from:
        why = "e-mail is not set up here (GATEWAY_SMTP_HOST, GATEWAY_SMTP_FROM)"
        return Tried(False, why, is_final=True)
    user, password = smtp.gateway_smtp_user, smtp.gateway_smtp_password.get_secret_value()
    try:
        await aiosmtplib.send(
            mail.as_bytes(policy=SMTP),
            sender=smtp.gateway_smtp_from, recipients=[str(mail["To"])],
            hostname=smtp.gateway_smtp_host, port=smtp.gateway_smtp_port,
            username=user or None, password=password or None,
            use_tls=smtp.gateway_smtp_tls == "at_once",
            start_tls=smtp.gateway_smtp_tls == "starttls", timeout=SMTP_TIMEOUT_S,
        )  # fmt: skip
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [one.code for one in error.recipients]
        is_final = all(code >= 500 for code in codes)
        return Tried(False, f"the mail server refused the address ({codes[0]})", is_final)
    except aiosmtplib.SMTPResponseException as error:
        return Tried(False, f"the mail server said {error.code}", error.code >= 500)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return Tried(False, f"the mail server does not answer ({type(error).__name__})")
    return Tried(True)
