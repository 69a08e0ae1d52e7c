"""Puts the web inbox into the app: static files, pages, actions. What they do is next door."""

from fastapi import FastAPI

from services.gateway.deps import Deps
from services.gateway.routes.account_pages import account_routes
from services.gateway.routes.acknowledge_page import acknowledge_routes
from services.gateway.routes.actions import action_routes
from services.gateway.routes.approve_page import approve_routes
from services.gateway.routes.caring import caring_routes
from services.gateway.routes.connect_pages import connect_routes
from services.gateway.routes.incident_pages import incident_routes
from services.gateway.routes.knowledge_pages import knowledge_routes
from services.gateway.routes.label_pages import label_routes
from services.gateway.routes.life import life_routes
from services.gateway.routes.moderating import moderation_routes
from services.gateway.routes.playbook_pages import playbook_routes
from services.gateway.routes.promises import promise_routes
from services.gateway.routes.reading import page_routes
from services.gateway.routes.report_pages import report_routes
from services.gateway.routes.storm_pages import storm_routes
from services.gateway.routes.triage_pages import triage_routes
from services.gateway.web.assets import Assets, asset_routes
from services.gateway.web.frame import Desk
from services.gateway.web.templating import Templates


def mount_pages(app: FastAPI, deps: Deps) -> None:
    """Add the pages; the routes find the same `Deps` at `app.state.deps`."""
    app.state.deps = deps
    assets = Assets()
    desk = Desk(Templates(assets))
    app.include_router(asset_routes(assets))
    app.include_router(account_routes(desk))
    app.include_router(connect_routes(desk))
    app.include_router(moderation_routes(desk))
    app.include_router(storm_routes(desk))
    app.include_router(report_routes(desk))
    app.include_router(triage_routes(desk))
    app.include_router(incident_routes(desk))
    app.include_router(playbook_routes(desk))
    app.include_router(caring_routes(desk))
    app.include_router(knowledge_routes(desk))
    app.include_router(label_routes(desk))
    app.include_router(promise_routes(desk))
    app.include_router(life_routes(desk))
    app.include_router(acknowledge_routes(desk))
    app.include_router(approve_routes(desk))
    app.include_router(page_routes(desk))
    app.include_router(action_routes(desk))
