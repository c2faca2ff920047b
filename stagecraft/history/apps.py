from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "stagecraft.history"
    label = "history"
    verbose_name = "History"
