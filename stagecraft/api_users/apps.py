from django.apps import AppConfig


class ApiUsersConfig(AppConfig):
    name = "stagecraft.api_users"
    label = "api_users"
    verbose_name = "API users"
