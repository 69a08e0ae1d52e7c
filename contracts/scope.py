"""Whose data a call is about. The only way to say it: every store method takes a scope first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrandScope:
    """One brand of one agency: the scope of nearly everything."""

    agency_id: str
    brand_id: str


@dataclass(frozen=True, slots=True)
class AgencyScope:
    """The brands of one agency that a person, or a service's own loop, may see together."""

    agency_id: str
    brand_ids: frozenset[str]


Scope = BrandScope | AgencyScope


def brand_filter(scope: Scope) -> dict[str, object]:
    """Return the `brand_id` condition that every filter on brand data starts with."""
    if isinstance(scope, BrandScope):
        return {"brand_id": scope.brand_id}
    return {"brand_id": {"$in": sorted(scope.brand_ids)}}
