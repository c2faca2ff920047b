// Shows what a data set will be called when its name is left empty.
"use strict";
{
    const [group, type, name] = ["data_group", "data_type", "name"].map((field) =>
        document.getElementById(`id_${field}`),
    );
    const show = () => {
        const both = group.value && type.value;
        name.placeholder = both ? `${group.value}_${type.value}`.replaceAll("-", "_") : "";
    };
    group.addEventListener("input", show);
    type.addEventListener("input", show);
    show();
}
