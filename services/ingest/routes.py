"""The network webhooks over HTTP. What happens to a body is in intake.py."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from runtime.metrics import RuntimeMetrics
from runtime.web import HttpError, Observed, answer_problems
from services.ingest.intake import Intake


def webhook_app(intake: Intake, body_limit_bytes: int, metrics: RuntimeMetrics) -> Observed:
    """Return the app of the public port: GET for hand-shakes, POST for deliveries."""
    app = FastAPI(title="Rapport webhooks", openapi_url=None)
    router = APIRouter(prefix="/webhooks")

    @router.get("/{network}")
    async def handshake(network: str, request: Request) -> Response:
        answer = intake.challenge(network, request.url.query)
        return Response(answer.body, answer.status, media_type=answer.content_type)

    async def deliver(request: Request) -> Response:
        raw = await read_body(request, body_limit_bytes)
        network = request.path_params["network"]
        return JSONResponse({"accepted": await intake.accept(network, raw, request.headers)})

    app.include_router(router)
    # The hot path: a plain route, for a webhook has nothing that FastAPI would read or check.
    app.add_route("/webhooks/{network}", deliver, methods=["POST"])
    answer_problems(app)
    return Observed(app, metrics)


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """Return the whole body, or raise 413 as soon as it is larger than the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit_bytes:
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
