"""What Backdrop asks of the config API (Stagecraft), and the only code that knows how."""

from backdrop.config_api.client import ConfigApi
from backdrop.config_api.http import ConfigUnavailable

__all__ = ["ConfigApi", "ConfigUnavailable"]
