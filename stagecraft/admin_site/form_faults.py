"""What is wrong in a form, for the summary above it: each fault with the box that it is about."""

from collections import Counter
from dataclasses import dataclass

from django.contrib.admin.helpers import AdminForm


@dataclass(frozen=True, slots=True)
class FormFault:
    """`box` is the id of the box, None for what is about the form as a whole; `label` what is beside the box."""

    box: str | None
    label: str
    message: str


def faults_of_form(shown: AdminForm) -> tuple[FormFault, ...]:
    """In the order in which the page asks; none for a form that hasn't been sent."""
    if not shown.form.is_bound:
        return ()
    asked = [
        (part.name, each.field) for part in shown for line in part for each in line if not each.is_readonly
    ]
    # Where two are called the same, what they stand under tells them apart.
    times = Counter(field.label for _, field in asked)
    return (
        *(FormFault(None, "", str(message)) for message in shown.form.non_field_errors()),
        *(
            FormFault(
                field.id_for_label or field.auto_id,
                f"{heading}, {field.label}" if heading and times[field.label] > 1 else str(field.label),
                str(message),
            )
            for heading, field in asked
            for message in field.errors
        ),
    )
