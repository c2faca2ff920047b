// Shows what a data set will be called when its name is left empty: nothing as long as group and type are no names.
"use strict";
{
    const [group, type, name] = ["data_group", "data_type", "name"].map((field) =>
        document.getElementById(`id_${field}`),
    );
    const isName = (box) => /^[a-z][a-z0-9_-]{0,99}$/.test(box.value.trim());
    const show = () => {
        const both = isName(group) && isName(type);
        name.placeholder = both ? `${group.value.trim()}_${type.value.trim()}`.replaceAll("-", "_") : "";
    };
    group.addEventListener("input", show);
    type.addEventListener("input", show);
    show();
}
