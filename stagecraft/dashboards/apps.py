from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "stagecraft.dashboards"
    label = "dashboards"
    verbose_name = "Dashboards"
