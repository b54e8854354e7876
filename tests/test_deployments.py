"""What `prefect.yaml` promises: every flow can be loaded, started by a form, and is explained."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import Flow, load_flow_from_entrypoint

from campaign.requests import Request

PROJECT = Path(__file__).resolve().parent.parent
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((PROJECT / "prefect.yaml").read_text())[
    "deployments"
]
IDS = [deployment["entrypoint"].split(":")[1].split(".")[0] for deployment in DEPLOYMENTS]


def test_every_flow_has_a_deployment_and_a_name_that_hides_nothing() -> None:
    files = {file.stem for file in (PROJECT / "flows").glob("[!_]*.py")}
    assert files == set(IDS)
    # Prefect puts flows/ first on sys.path: a file named like a package would hide it.
    assert all("_" in name and name not in sys.stdlib_module_names for name in files)


@pytest.mark.parametrize(("deployment", "name"), list(zip(DEPLOYMENTS, IDS, strict=True)), ids=IDS)
def test_a_deployment_loads_and_takes_one_request(
    deployment: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    flow: Flow[..., object] = load_flow_from_entrypoint(
        deployment["entrypoint"], use_placeholder_flow=False
    )
    assert flow.name == name.replace("_", "-")
    assert set(flow.parameters.properties) == {"request"}
    (parameter,) = inspect.signature(flow.fn, eval_str=True).parameters.values()
    assert issubclass(parameter.annotation, Request)
    assert len(deployment["description"]) > 40
