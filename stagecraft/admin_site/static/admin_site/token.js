// Shows, copies and renews a token. It is fetched when asked for, and kept in this page alone.
"use strict";
{
    const card = document.getElementById("token-card");
    if (card) {
        const holder = card.querySelector(".token");
        const secret = card.querySelector(".secret");
        const status = card.querySelector(".status");
        const { mask, reveal } = card.dataset;
        // The lines that have the mask where the token goes, as they are with it.
        const masked = new Map(
            [...document.querySelectorAll(".line pre")]
                .filter((line) => mask && reveal && line.textContent.includes(mask))
                .map((line) => [line, line.textContent]),
        );
        let known = null;
        let shown = false;

        const say = (words, wrong = false) => {
            status.textContent = words;
            status.classList.toggle("wrong", wrong);
        };

        const csrf = () => card.querySelector("[name=csrfmiddlewaretoken]").value;

        const post = async (url, fields = {}) => {
            const answer = await fetch(url, {
                method: "POST",
                body: new URLSearchParams(fields),
                headers: { "X-CSRFToken": csrf() },
                cache: "no-store",
                redirect: "error",
            });
            const said = await answer.json();
            if (!answer.ok) {
                throw new Error(said.error);
            }
            return said;
        };

        const attempt = async (what) => {
            try {
                await what();
            } catch (trouble) {
                const known = trouble instanceof TypeError || trouble instanceof SyntaxError ? "" : trouble.message;
                say(known || "That didn't work. Load the page anew and try again.", true);
            }
        };

        // A single quotation mark in a token would end the one that the shell reads it in.
        const withToken = (line) => line.replaceAll(mask, known.replaceAll("'", "'\\''"));

        const draw = () => {
            secret.textContent = shown ? known : mask;
            for (const [line, words] of masked) {
                line.textContent = shown ? withToken(words) : words;
            }
            const button = card.querySelector("[data-do=reveal]");
            if (button) {
                button.textContent = shown ? "Hide" : "Reveal";
            }
        };

        const token = async () => {
            if (known === null) {
                known = (await post(reveal)).token;
            }
            return known;
        };

        const copy = async (text) => {
            if (navigator.clipboard) {
                await navigator.clipboard.writeText(text);
                return;
            }
            // Without HTTPS browsers know only the old way.
            const box = document.createElement("textarea");
            box.value = text;
            document.body.append(box);
            box.select();
            document.execCommand("copy");
            box.remove();
        };

        const showPrevious = (words) => {
            const previous = card.querySelector(".previous");
            if (previous) {
                previous.querySelector(".words").textContent = words;
                previous.hidden = !words;
            }
        };

        const actions = {
            reveal: async () => {
                await token();
                shown = !shown;
                draw();
                say(shown ? "The token is shown." : "The token is hidden.");
            },
            copy: async () => {
                await copy(await token());
                say("The token is copied.");
            },
            stop: async (button) => {
                await post(button.dataset.url);
                showPrevious("");
                say("The token before is stopped: nobody can write with it once Backdrop has asked anew, as a rule within a second.");
            },
        };

        for (const button of card.querySelectorAll("[data-do]")) {
            const action = actions[button.dataset.do];
            if (action) {
                button.addEventListener("click", () => attempt(() => action(button)));
            }
        }

        for (const button of document.querySelectorAll("[data-do=copy-line]")) {
            const line = button.parentElement.querySelector("pre");
            button.addEventListener("click", () =>
                attempt(async () => {
                    if (masked.has(line)) {
                        await token();
                        await copy(withToken(masked.get(line)));
                        say("The line is copied, with the token.");
                    } else {
                        await copy(line.textContent);
                        say("The line is copied.");
                    }
                }),
            );
        }

        const form = card.querySelector("form[data-url]");
        if (form) {
            form.addEventListener("submit", (event) => {
                event.preventDefault();
                attempt(async () => {
                    const said = await post(form.dataset.url, new FormData(form));
                    known = said.token;
                    shown = true;
                    holder.hidden = false;
                    for (const button of holder.querySelectorAll("button")) {
                        button.disabled = false;
                    }
                    draw();
                    showPrevious(said.previous || "");
                    for (const note of card.querySelectorAll(".note")) {
                        note.hidden = true;
                    }
                    const details = form.closest("details");
                    // The one with the token itself stays open: of a data set that a transform writes.
                    if (details && !details.contains(secret)) {
                        details.open = false;
                    }
                    say("This is the new token.");
                    secret.scrollIntoView({ block: "nearest" });
                });
            });
        }
    }
}
