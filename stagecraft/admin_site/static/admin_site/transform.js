// Says which options the chosen type takes, with an example, and writes a first draft of them.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
    const given = document.getElementById("options-of-types");
    const type = document.getElementById("id_type");
    const options = document.getElementById("id_options");
    if (!given || !type || !options) {
        return;
    }
    const known = JSON.parse(given.textContent);
    const help = document.createElement("div");
    help.className = "help options-help";
    help.setAttribute("role", "status");
    options.closest(".form-row").append(help);

    const element = (name, words, parent) => {
        const made = document.createElement(name);
        made.textContent = words;
        parent.append(made);
        return made;
    };
    const isBlank = () => ["", "{}"].includes(options.value.trim()) || options.value === options.dataset.draft;

    const show = (draft) => {
        const one = known[type.value];
        help.textContent = "";
        if (!one) {
            return;
        }
        if (!one.options.length) {
            element("p", "It takes any options, or none.", help);
            return;
        }
        element("p", "It takes:", help);
        const list = element("ul", "", help);
        for (const option of one.options) {
            const notes = [option.kind, option.needed ? "" : "optional"].filter(Boolean).join(", ");
            const item = element("li", "", list);
            element("strong", option.name, item);
            item.append(`${notes ? ` (${notes})` : ""}${option.words ? `: ${option.words}` : ""}`);
        }
        element("p", "For example:", help);
        const example = element("pre", one.example, help);
        example.className = "code";
        example.tabIndex = 0;
        example.setAttribute("aria-label", "Example of the options");
        if (draft && isBlank()) {
            options.value = one.draft;
            options.dataset.draft = options.value;
        }
    };
    type.addEventListener("change", () => show(true));
    show(false);
});
