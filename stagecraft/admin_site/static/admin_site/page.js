// On every page: goes to what is wrong in a form, and shows where in the row of places this page is.
"use strict";
{
    const summary = document.getElementById("error-summary");
    const wrong = document.querySelector("[aria-invalid=true]");
    if (summary) {
        // Scrolls there as well.
        summary.focus();
        summary.addEventListener("click", (event) => {
            const link = event.target.closest("a");
            const box = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
            if (!box) {
                return;
            }
            event.preventDefault();
            const folded = box.closest("details");
            if (folded) {
                folded.open = true;
            }
            box.focus({ preventScroll: true });
            // With its label and what is wrong with it in sight.
            (box.closest(".form-row") || box).scrollIntoView({ block: "nearest" });
        });
    } else if (wrong) {
        wrong.focus();
    }
    const here = document.querySelector("#places [aria-current]");
    const places = document.querySelector("#places ul");
    if (here && places) {
        places.scrollLeft = here.offsetLeft - (places.clientWidth - here.offsetWidth) / 2;
    }
}
