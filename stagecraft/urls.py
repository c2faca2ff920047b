"""Every route of Stagecraft."""

from django.urls import path

from stagecraft.api.failures import bad_request, not_found, server_error
from stagecraft.api.resource import open_resource, resource
from stagecraft.api.status import status
from stagecraft.api_users.roles import DASHBOARDS, DATA_SETS
from stagecraft.dashboards import views as dashboards
from stagecraft.datasets import views as datasets
from stagecraft.transforms import views as transforms

urlpatterns = [
    path("_status", open_resource(GET=status)),
    path("data-sets", resource(DATA_SETS, GET=datasets.list_data_sets, POST=datasets.create_data_set)),
    path("data-sets/<str:name>", resource(DATA_SETS, GET=datasets.show_data_set)),
    path("data-sets/<str:name>/transform", resource(DATA_SETS, GET=transforms.of_data_set)),
    path("data-sets/<str:name>/dashboard", resource(DASHBOARDS, GET=dashboards.of_data_set)),
    path(
        "transactions-explorer-service/<str:service_id>/dashboard",
        resource(DASHBOARDS, GET=dashboards.of_service),
    ),
]

handler400 = bad_request
handler404 = not_found
handler500 = server_error
