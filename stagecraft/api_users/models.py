"""Programs that may use the API."""

from django.core.validators import RegexValidator
from django.db import models

from stagecraft.api_users.roles import ROLES
from stagecraft.api_users.tokens import token_hash
from stagecraft.checked import CheckedModel


class ApiUser(CheckedModel):
    """A program with a token and a role. The token itself isn't kept, only its hash."""

    name = models.CharField(
        max_length=100,
        unique=True,
        validators=[RegexValidator(r"\A[ -~]*\Z", "must be of plain printable characters")],
        error_messages={"unique": "is the name of another API user"},
    )
    role = models.CharField(max_length=20, choices=[(role, role) for role in ROLES])
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API user"
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"

    @classmethod
    def create(cls, name: str, role: str, token: str) -> "ApiUser":
        """Save a new user whose token this is. Raises ValidationError."""
        user = cls(name=name, role=role, token_hash=token_hash(token))
        user.save()
        return user
