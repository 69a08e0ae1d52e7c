"""Signs and checks calls by Standard Webhooks, as the other system would. Not shared with the product."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

_TOLERANCE_S = 300


def _mac(secret: str, call_id: str, stamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join((call_id.encode(), stamp.encode(), body))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def headers_for(secret: str, body: bytes, now_s: float) -> dict[str, str]:
    """The headers of a call. The same body has the same id at every attempt."""
    call_id = f"msg_{hashlib.sha256(body).hexdigest()[:27]}"
    stamp = str(int(now_s))
    return {
        "webhook-id": call_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{_mac(secret, call_id, stamp, body)}",
    }


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
    """Whether a call is the product's, and of now."""
    call_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not call_id or not stamp.isdigit() or abs(now_s - int(stamp)) > _TOLERANCE_S:
        return False
    wanted = _mac(secret, call_id, stamp, body)
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(f"v1,{wanted}", one) for one in given)
