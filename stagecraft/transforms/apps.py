from django.apps import AppConfig


class TransformsConfig(AppConfig):
    name = "stagecraft.transforms"
    label = "transforms"
    verbose_name = "Transforms"
