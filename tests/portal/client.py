"""Starlette's test client: it works with httpx, and warns on import that httpx2 is to follow."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

__all__ = ["TestClient"]
