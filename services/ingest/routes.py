"""The network webhooks over HTTP. What happens to a body is in intake.py."""

from fastapi import FastAPI, Request
from fastapi.responses import Response

from runtime.metrics import RuntimeMetrics
from runtime.web import HttpError, Observed, answer_problems
from services.ingest.handshakes import Answer
from services.ingest.intake import Intake


def webhook_app(intake: Intake, metrics: RuntimeMetrics) -> Observed:
    """Return the app of the public port: GET for hand-shakes, POST for deliveries.

    The path names the network, and the connection where that signs with a secret of its own.
    """
    app = FastAPI(title="Rapport webhooks", openapi_url=None)

    async def webhook(request: Request) -> Response:
        network = request.path_params["network"]
        if request.method != "POST":
            return _response(intake.challenge(network, request.url.query))
        raw = await read_body(request, intake.limit_of(network))
        connection_id = request.path_params.get("connection_id")
        return _response(await intake.accept(network, raw, request.headers, connection_id))

    # The hot path: one plain route for both methods, for a webhook has nothing that FastAPI would read or check.
    for path in ("/webhooks/{network}", "/webhooks/{network}/{connection_id}"):
        app.add_route(path, webhook, methods=["GET", "POST"])
    answer_problems(app)
    return Observed(app, metrics)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.content_type)


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """Return the whole body, or raise 413 as soon as it is larger than the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit_bytes:
        raise HttpError(413, "delivery.too_large", f"the body is larger than {limit_bytes} bytes")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit_bytes:
            raise HttpError(
                413, "delivery.too_large", f"the body is larger than {limit_bytes} bytes"
            )
        chunks.append(chunk)
    return b"".join(chunks)
