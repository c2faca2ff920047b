"""The pages of the admin site, one module for each kind of thing."""

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User

from stagecraft.admin_site.pages.data_sets import DataSetPages
from stagecraft.admin_site.pages.groups_and_types import DataGroupPages, DataTypePages
from stagecraft.admin_site.pages.history import HistoryPages
from stagecraft.admin_site.pages.people import PeoplePages
from stagecraft.admin_site.pages.programs import ProgramPages
from stagecraft.admin_site.pages.transform_types import TransformTypePages
from stagecraft.admin_site.pages.transforms import TransformPages
from stagecraft.api_users.models import ApiUser
from stagecraft.datasets.models import DataGroup, DataSet, DataType
from stagecraft.history.models import Entry
from stagecraft.transforms.models import Transform, TransformType


def register_all(site: AdminSite) -> None:
    """Give the site its pages."""
    site.register(DataSet, DataSetPages)
    site.register(DataGroup, DataGroupPages)
    site.register(DataType, DataTypePages)
    site.register(Transform, TransformPages)
    site.register(TransformType, TransformTypePages)
    site.register(ApiUser, ProgramPages)
    site.register(User, PeoplePages)
    site.register(Entry, HistoryPages)
