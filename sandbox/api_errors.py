"""What the sandbox's Stripe says when it refuses: a status and a body like Stripe's."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A request is refused."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        self.status, self.kind, self.code, self.param = status, kind, code, param
        super().__init__(message)

    @property
    def body(self) -> dict[str, Any]:
        """Return the answer's body."""
        error = {"message": str(self), "type": self.kind, "code": self.code, "param": self.param}
        return {"error": {name: value for name, value in error.items() if value is not None}}


def missing(kind: str, object_id: str, param: str = "id") -> ApiError:
    """Return the error for an id that nobody has."""
    status = 404 if param == "id" else 400
    return ApiError(status, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def required(param: str) -> ApiError:
    """Return the error for a parameter that is not there."""
    return ApiError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def invalid(param: str, message: str) -> ApiError:
    """Return the error for a parameter that makes no sense."""
    return ApiError(400, message, code="parameter_invalid", param=param)


def unknown(param: str) -> ApiError:
    """Return the error for a parameter that does not exist."""
    return ApiError(
        400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param
    )
