"""Finds a brand's own scope inside a person's: the first step of whatever is done to one brand."""

from contracts.scope import AgencyScope, BrandScope, brand_filter
from runtime.mongo import BrandCollection
from services.gateway.store.nothing import nothing_here


async def place_of(brands: BrandCollection, scope: AgencyScope, brand_id: str) -> BrandScope:
    """Return the brand's scope. Raises `NotFound` for a brand outside the given one, or none."""
    where = {"_id": brand_id, **brand_filter(scope)}
    found = await brands.find_one(where, fields=["agency_id"])
    if found is None:
        raise nothing_here()
    return BrandScope(found["agency_id"], brand_id)
