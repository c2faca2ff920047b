"""Every route of Stagecraft."""

from django.urls import path

from stagecraft.admin_site.errors import bad_request, forbidden, not_found, server_error
from stagecraft.admin_site.site import site, to_admin_site
from stagecraft.api.resource import open_resource, resource
from stagecraft.api.status import status
from stagecraft.api_users.roles import DASHBOARDS, DATA_SETS
from stagecraft.dashboards import views as dashboards
from stagecraft.datasets import views as datasets
from stagecraft.datasets.group_and_type_views import GROUPS, TYPES
from stagecraft.openapi import views as openapi
from stagecraft.transforms import type_views as transform_types
from stagecraft.transforms import views as transforms

urlpatterns = [
    path("", to_admin_site),
    path("admin", to_admin_site),
    path("admin/", site.urls),
    path("_status", open_resource(GET=status)),
    path("data-sets", resource(DATA_SETS, GET=datasets.list_data_sets, POST=datasets.create_data_set)),
    path(
        "data-sets/<str:name>",
        resource(
            DATA_SETS,
            GET=datasets.show_data_set,
            PUT=datasets.change_data_set,
            DELETE=datasets.delete_data_set,
        ),
    ),
    path("data-sets/<str:name>/transform", resource(DATA_SETS, GET=transforms.of_data_set)),
    path("data-sets/<str:name>/dashboard", resource(DASHBOARDS, GET=dashboards.of_data_set)),
    path("data-groups", resource(DATA_SETS, GET=GROUPS.show_all, POST=GROUPS.create)),
    path(
        "data-groups/<str:name>",
        resource(DATA_SETS, GET=GROUPS.show, PUT=GROUPS.change, DELETE=GROUPS.delete),
    ),
    path("data-types", resource(DATA_SETS, GET=TYPES.show_all, POST=TYPES.create)),
    path(
        "data-types/<str:name>",
        resource(DATA_SETS, GET=TYPES.show, PUT=TYPES.change, DELETE=TYPES.delete),
    ),
    path("transform", resource(DATA_SETS, GET=transforms.list_transforms, POST=transforms.create_transform)),
    path(
        "transform/<str:identifier>",
        resource(
            DATA_SETS,
            GET=transforms.show_transform,
            PUT=transforms.change_transform,
            DELETE=transforms.delete_transform,
        ),
    ),
    path(
        "transform-type",
        resource(DATA_SETS, GET=transform_types.list_types, POST=transform_types.create_type),
    ),
    path(
        "transform-type/<str:identifier>",
        resource(
            DATA_SETS,
            GET=transform_types.show_type,
            PUT=transform_types.change_type,
            DELETE=transform_types.delete_type,
        ),
    ),
    path(
        "transactions-explorer-service/<str:service_id>/dashboard",
        resource(DASHBOARDS, GET=dashboards.of_service),
    ),
    path("openapi.json", open_resource(GET=openapi.document_as_json)),
    path("docs", open_resource(GET=openapi.document_as_page)),
]

handler400 = bad_request
handler403 = forbidden
handler404 = not_found
handler500 = server_error
