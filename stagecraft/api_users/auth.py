"""Who is asking."""

from django.conf import settings

from stagecraft.api.errors import unauthorised
from stagecraft.api_users.models import ApiUser
from stagecraft.api_users.tokens import bearer_token, same_hash, token_hash
from stagecraft.development import is_usable


def authenticate(authorization: str) -> ApiUser:
    """The API user whose token the `Authorization` header carries. Raises a 401."""
    token = bearer_token(authorization)
    if token is None:
        raise unauthorised("Expected header of form: Authorization: Bearer <token>")
    hashed = token_hash(token)
    user = ApiUser.objects.filter(token_hash=hashed).first()
    known = user is not None and same_hash(user.token_hash, hashed)
    if user is None or not known or not is_usable(token, production=settings.ENVIRONMENT.is_production):
        raise unauthorised("Unauthorized: Invalid bearer token")
    return user
