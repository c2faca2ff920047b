from django.apps import AppConfig


class DataSetsConfig(AppConfig):
    name = "stagecraft.datasets"
    label = "datasets"
    verbose_name = "Datasets"
