"""`/data-sets/<name>/transform`"""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from stagecraft.api.answers import answer
from stagecraft.datasets.queries import data_set_named
from stagecraft.transforms.models import Transform
from stagecraft.transforms.serialise import transform


def of_data_set(_request: HttpRequest, name: str) -> HttpResponse:
    """GET: the transforms whose input the data set is."""
    data_set = data_set_named(name)
    its_group = Q(input_group=data_set.data_group) | Q(input_group=None)
    found = Transform.objects.filter(its_group, input_type=data_set.data_type).select_related(
        "type", "input_group", "input_type", "output_group", "output_type"
    )
    return answer([transform(each) for each in found])
