"""The Kubernetes manifests as they render: schemas, pod security, required fields, and names that must meet."""

import pytest

from deploy.generate_secrets import dev_secrets
from tests.deploy.field_rules import field_problems
from tests.deploy.manifests import PROCESSES, RENDERED, of_kind, render, services_of
from tests.deploy.pod_rules import pod_problems
from tests.deploy.schema_rules import MINORS, schema_problems
from tests.deploy.settings_rules import settings_problems
from tests.deploy.wiring_rules import wiring_problems

EVERY = pytest.mark.parametrize("name", RENDERED)


@EVERY
@pytest.mark.parametrize("minor", MINORS)
def test_every_object_has_a_schema_and_fits_it(name: str, minor: str) -> None:
    assert schema_problems(render(name), minor) == []


def test_two_minors_are_looked_at() -> None:
    assert len(set(MINORS)) == 2


@EVERY
def test_every_pod_is_restricted(name: str) -> None:
    assert pod_problems(render(name)) == []


@EVERY
def test_required_fields(name: str) -> None:
    assert field_problems(render(name)) == []


@EVERY
def test_names_meet(name: str, health_routes: set[str]) -> None:
    assert wiring_problems(render(name), health_routes) == []


@EVERY
def test_every_variable_is_read_and_every_needed_one_given(name: str) -> None:
    assert settings_problems(render(name), dev_secrets()) == []


@EVERY
def test_two_pods_of_each_but_one_in_dev(name: str) -> None:
    replicas = {
        one["metadata"]["name"]: one["spec"]["replicas"] for one in services_of(render(name))
    }
    wanted = 1 if name == "dev" else 2
    assert replicas == dict.fromkeys(PROCESSES, wanted)


@EVERY
def test_no_secret_is_in_the_manifests(name: str) -> None:
    assert of_kind(render(name), "Secret") == []


def test_the_secrets_of_dev_fit_their_schema_and_hold_fresh_keys() -> None:
    first, second = dev_secrets(), dev_secrets()
    assert schema_problems(first, MINORS[0]) == []
    assert first != second
    by_name = {one["metadata"]["name"]: one["stringData"] for one in first}
    assert by_name["rapport-ingest"]["seal-keys"] == by_name["rapport-respond"]["seal-keys"]
