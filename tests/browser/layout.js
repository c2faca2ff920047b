// What is out of place on a page at the window's present width: a list of sentences.
// `tap` is the smallest side of what is tapped, in pixels; 0 where there is a mouse.
(tap) => {
    const SLACK = 1;
    const CARDS = ".card, .module, .empty, .errornote, .note, .previous, #changelist tbody tr, .login #container, details";
    const TAPPED = "a[href], button, input:not([type=hidden]), select, textarea, summary";
    const faults = [];

    const named = (element) => {
        const id = element.id ? `#${element.id}` : "";
        const kind = [...element.classList].map((each) => `.${each}`).join("");
        const words = (element.textContent || element.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
        return `${element.localName}${id}${kind} "${words}"`;
    };
    const fault = (element, words) => faults.push(`${named(element)} ${words}`);

    // What holds for an element by what it is in: found once for each, for a page may have thousands.
    const once = (find) => {
        const known = new Map();
        return (element) => {
            if (!known.has(element)) {
                known.set(element, find(element));
            }
            return known.get(element);
        };
    };
    // For ears alone: a box of one pixel, or clipped away.
    const isClipped = once((element) => {
        const style = getComputedStyle(element);
        const here = style.clip === "rect(0px, 0px, 0px, 0px)" || style.clipPath === "inset(50%)";
        return here || (element.parentElement !== null && isClipped(element.parentElement));
    });
    const isUnseen = (element) =>
        isClipped(element) || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    const scroller = once((element) => {
        const parent = element.parentElement;
        if (!parent || parent === document.body) {
            return null;
        }
        return scrolls(parent) ? parent : scroller(parent);
    });

    // An element's own box, and the lines of its own text: an anonymous line can be wider than any box.
    const boxes = (element) => {
        const found = [...element.getClientRects()];
        const holdsMore = scrolls(element) || ["auto", "scroll"].includes(getComputedStyle(element).overflowY);
        for (const node of holdsMore ? [] : element.childNodes) {
            if (node.nodeType === Node.TEXT_NODE && node.textContent.trim()) {
                const range = document.createRange();
                range.selectNodeContents(node);
                found.push(...range.getClientRects());
            }
        }
        return found.filter((box) => box.width > 0 && box.height > 0);
    };
    const bounds = (found) => ({
        left: Math.min(...found.map((box) => box.left)),
        right: Math.max(...found.map((box) => box.right)),
        top: Math.min(...found.map((box) => box.top)),
        bottom: Math.max(...found.map((box) => box.bottom)),
    });
    const inSentence = (element) =>
        getComputedStyle(element).display === "inline" &&
        [...element.parentElement.childNodes].some(
            (node) => node !== element && node.nodeType === Node.TEXT_NODE && node.textContent.trim(),
        );

    // What is folded up is looked at as well.
    const folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((each) => (each.open = true));
    for (const element of document.body.querySelectorAll("*")) {
        if (["script", "style", "option", "datalist"].includes(element.localName) || isUnseen(element)) {
            continue;
        }
        const found = boxes(element);
        if (!found.length) {
            continue;
        }
        const box = bounds(found);
        const width = document.documentElement.clientWidth;
        if (!scroller(element)) {
            if (box.left < -SLACK || box.right > width + SLACK) {
                fault(element, `is from ${Math.round(box.left)} to ${Math.round(box.right)} of ${width}`);
            }
            const card = element.parentElement.closest(CARDS);
            if (card) {
                const edge = card.getBoundingClientRect();
                const out = [edge.left - box.left, box.right - edge.right, edge.top - box.top, box.bottom - edge.bottom];
                if (Math.max(...out) > SLACK) {
                    fault(element, `sticks out of ${named(card)} by ${Math.round(Math.max(...out))}`);
                }
            }
        }
        const isBox = element.clientWidth > 0 && !(element instanceof SVGElement);
        if (isBox && !scrolls(element) && element.localName !== "input" && element.scrollWidth > element.clientWidth + SLACK) {
            fault(element, `holds ${element.scrollWidth} in ${element.clientWidth}`);
        }
        if (tap && element.matches(TAPPED) && !inSentence(element)) {
            const area = bounds([box, ...[...(element.labels || [])].map((label) => label.getBoundingClientRect())]);
            const [wide, high] = [area.right - area.left, area.bottom - area.top];
            if (Math.min(wide, high) < tap - 0.5) {
                fault(element, `is ${wide.toFixed(1)} by ${high.toFixed(1)} to tap`);
            }
        }
    }
    folded.forEach((each) => (each.open = false));
    return faults;
}
