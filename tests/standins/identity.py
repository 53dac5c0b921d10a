"""An OpenID provider: discovery, authorisation with a page of people to choose from, tokens signed with RS256, keys.

As strict as a real one where a client could be careless: redirect address, client secret, PKCE and one use per code.
"""

import base64
import hashlib
import html
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.standins.server import Answer, Request, StandIn, as_json

CLIENT, CLIENT_SECRET = "atelier", "known-to-client-and-provider-alone"


@dataclass
class Provider:
    """Answers as an OpenID provider whose people are given.

    Args:
        redirect_uri: the one address that codes are sent to.
        people: what the provider says of each, by the name on its button. Claims that begin with "_" make it misbehave:
            "_key": "another" signs with a key that it never published; "_aud", "_nonce" and "_exp" replace its own.
    """

    redirect_uri: str
    people: Mapping[str, Mapping[str, Any]]
    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "first"}))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        routes = {
            "/.well-known/openid-configuration": self._discovery,
            "/keys": self._keys,
            "/authorize": self._choose,
            "/chosen": self._chosen,
            "/token": self._token,
        }
        route = routes.get(request.path)
        return route(request) if route else Answer(404, b"no such page")

    def _discovery(self, _: Request) -> Answer:
        return as_json(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    def _keys(self, _: Request) -> Answer:
        return as_json({"keys": [{**self.key.as_dict(private=False), "use": "sig", "alg": "RS256"}]})

    def _choose(self, request: Request) -> Answer:
        if request.param("redirect_uri") != self.redirect_uri or request.param("client_id") != CLIENT:
            return Answer(400, b"this client may not send people there")
        if "openid" not in request.param("scope").split() or request.param("code_challenge_method") != "S256":
            return Answer(400, b"not what was agreed")
        passed = {name: request.param(name) for name in ("state", "nonce", "code_challenge")}
        links = "".join(
            f'<p><a href="/chosen?{html.escape(urlencode({**passed, "who": who}))}">{html.escape(who)}</a></p>'
            for who in self.people
        )
        return Answer(200, f"<h1>Who are you?</h1>{links}".encode())

    def _chosen(self, request: Request) -> Answer:
        code = secrets.token_urlsafe(16)
        self._codes[code] = {name: request.param(name) for name in ("who", "nonce", "code_challenge")}
        back = f"{self.redirect_uri}?{urlencode({'code': code, 'state': request.param('state')})}"
        return Answer(302, headers=(("Location", back),))

    def _token(self, request: Request) -> Answer:
        given = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        asked = self._codes.pop(given.get("code", ""), None)  # a code serves once
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if request.headers.get("authorization") != expected or asked is None or challenge != asked["code_challenge"]:
            return as_json({"error": "invalid_grant"}, status=400)
        return as_json(
            {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": self._id_token(asked)}
        )

    def _id_token(self, asked: Mapping[str, str]) -> str:
        person = dict(self.people[asked["who"]])
        odd = {name: person.pop(name) for name in list(person) if name.startswith("_")}
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": odd.get("_aud", CLIENT),
            "iat": now,
            "exp": odd.get("_exp", now + 600),
            "nonce": odd.get("_nonce", asked["nonce"]),
            **person,
        }
        key = RSAKey.generate_key(2048, parameters={"kid": "first"}) if odd.get("_key") else self.key
        return jwt.encode({"alg": "RS256", "kid": "first"}, claims, key)


def serving(provider: Provider) -> StandIn:
    """The stand-in to enter; `provider.url` is set once it runs."""
    return StandIn(provider.answer)


def auth_section(provider: Provider, cookie_secret: str) -> str:
    """What goes into secrets.toml."""
    lines = {
        "redirect_uri": provider.redirect_uri,
        "cookie_secret": cookie_secret,
        "client_id": CLIENT,
        "client_secret": CLIENT_SECRET,
        "server_metadata_url": f"{provider.url}/.well-known/openid-configuration",
    }
    return "[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
