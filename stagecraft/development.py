"""Tokens that are public knowledge: they stand in this repository, so production takes none of them."""

API_TOKEN = "development-oauth-access-token"  # noqa: S105 - public, refused in production

PUBLIC_TOKENS = frozenset({API_TOKEN, "g-cloud-sales-bearer-token", "example-licences-bearer-token"})


def is_usable(token: str, *, production: bool) -> bool:
    """Whether a token may open anything here, even one that a copied database brought along."""
    return not (production and token in PUBLIC_TOKENS)
