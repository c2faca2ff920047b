// Says which options the chosen function takes, and writes a first draft of them.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
    const described = document.getElementById("option-schemas");
    const type = document.getElementById("id_type");
    const options = document.getElementById("id_options");
    if (!described || !type || !options) {
        return;
    }
    const schemas = JSON.parse(described.textContent);
    const help = document.createElement("div");
    help.className = "help options-help";
    help.setAttribute("role", "status");
    options.closest(".form-row").append(help);

    const kindOf = (rule) => {
        if (rule.format === "regex") {
            return "regular expression";
        }
        return { string: "text", array: "list", object: "object", number: "number", boolean: "true or false" }[rule.type] || "";
    };
    const sample = (rule) => {
        return { array: [], object: {}, number: 0, integer: 0, boolean: false }[rule.type] ?? "";
    };
    const isBlank = () => ["", "{}"].includes(options.value.trim()) || options.value === options.dataset.draft;

    const show = (draft) => {
        const schema = schemas[type.value];
        help.textContent = "";
        if (!schema) {
            return;
        }
        const properties = schema.properties || {};
        const required = Array.isArray(schema.required) ? schema.required : [];
        const names = [...required, ...Object.keys(properties).filter((name) => !required.includes(name))];
        const words = names.map((name) => {
            const kind = kindOf(properties[name] || {});
            const notes = [kind, required.includes(name) ? "" : "optional"].filter(Boolean).join(", ");
            return notes ? `${name} (${notes})` : name;
        });
        help.textContent = words.length ? `It takes: ${words.join("; ")}.` : "It takes any options.";
        if (draft && isBlank()) {
            const drafted = Object.fromEntries(required.map((name) => [name, sample(properties[name] || {})]));
            options.value = JSON.stringify(drafted, null, 2);
            options.dataset.draft = options.value;
        }
    };
    type.addEventListener("change", () => show(true));
    show(false);
});
