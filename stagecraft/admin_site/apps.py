from django.apps import AppConfig


class AdminSiteConfig(AppConfig):
    name = "stagecraft.admin_site"
    label = "admin_site"

    def ready(self) -> None:
        """Models can be registered once all of them are loaded."""
        from stagecraft.admin_site.pages import register_all  # noqa: PLC0415 - it imports models
        from stagecraft.admin_site.site import site  # noqa: PLC0415 - it imports models

        register_all(site)
