"""A stand-in for an identity provider, on a loopback port; a test changes what its token says."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet


class Provider:
    """Answers as a provider does; a test changes what its token says."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
        self.signing_key = self.key
        self.claims: dict[str, object] = {}
        self.asked: dict[str, str] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/authorize"):
                    self.show(provider.form(self.path))
                else:
                    self.reply(provider.document(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                provider.asked = {name: value[0] for name, value in parse_qs(body).items()}
                self.reply({"access_token": "a", "token_type": "Bearer", "expires_in": 60,
                            "id_token": provider.token()})  # fmt: skip

            def reply(self, document: object) -> None:
                self.send(json.dumps(document).encode(), "application/json")

            def show(self, page: str) -> None:
                self.send(page.encode(), "text/html")

            def send(self, content: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Another site than the portal's for a browser, which answers at 127.0.0.1.
        self.issuer = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def form(self, path: str) -> str:
        """Ask who it is, as a page of another site; the answer leads back with a code."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(path).query).items()}
        self.claims["nonce"] = asked["nonce"]
        back = f"{asked['redirect_uri']}?code=c&amp;state={asked['state']}"
        return f"<title>Provider</title><a href='{back}'>It is me</a>"

    def document(self, path: str) -> object:
        if path == "/jwks":
            return KeySet([self.key]).as_dict(private=False)
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "pledgeline",
            "sub": "person-1",
            "iat": now,
            "exp": now + 300,
            "email": "ana@example.org",
            "email_verified": True,
        } | self.claims
        return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, self.signing_key)
