from django.apps import AppConfig


class SetupConfig(AppConfig):
    name = "stagecraft.setup"
    label = "setup"
