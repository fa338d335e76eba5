/** Elements, made without any HTML: whatever a stranger wrote becomes text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return a new element. A function is a listener for the event of its name, `true` and `false` set or leave out
 * an attribute, and anything else is an attribute's value; `text` is its text. ARIA's attributes have the value "true".
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string|number|boolean|null|((event: any) => void)>} [attributes]
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (name === "text") made.textContent = String(value);
    else if (value !== false && value !== null) made.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/**
 * Make these the items of a list. Those in place are not touched: a click on an item that moves while the button is
 * down is lost.
 *
 * @param {Element} list
 * @param {Element[]} items
 */
export function arrange(list, items) {
  const wanted = new Set(items);
  for (const item of [...list.children]) if (!wanted.has(item)) item.remove();
  let next = list.firstElementChild;
  for (const item of items) {
    if (item === next) next = item.nextElementSibling;
    else list.insertBefore(item, next);
  }
}

/**
 * Show a text in an element, unless it is there: even the same text is laid out and painted again.
 *
 * @param {Element} element
 * @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The icons, as paths in a square of 24. */
const PATHS = {
  menu: "M4 6h16M4 12h16M4 18h16",
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  people: "M9 11a4 4 0 100-8 4 4 0 000 8zM2 21v-2a5 5 0 015-5h4a5 5 0 015 5v2M16 3.2a4 4 0 010 7.6M22 21v-2a5 5 0 00-3.5-4.7",
  search: "M11 18a7 7 0 100-14 7 7 0 000 14zM21 21l-5-5",
  send: "M12 19V5M5 12l7-7 7 7",
  clip: "M20 12l-8 8a5 5 0 01-7-7l9-9a3.5 3.5 0 015 5l-9 9a1.5 1.5 0 01-2-2l8-8",
  board: "M3 4h18v11H3zM12 15v3M8 21l4-3 4 3M7 8h6M7 11h9",
  muted: "M10.3 21a2 2 0 003.4 0M6 8a6 6 0 019.3-5M18 8c0 7 3 9 3 9H9M3 17s3-2 3-9M3 3l18 18",
};

/** @typedef {keyof typeof PATHS} Icon */

/**
 * Return an icon, which screen readers pass over.
 *
 * @param {Icon} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  if (name === "more") path.setAttribute("stroke-width", "3");
  svg.append(path);
  return svg;
}

/**
 * Return a button.
 *
 * @param {string} label
 * @param {(event: MouseEvent) => void} click
 * @param {Parameters<typeof h>[1]} [attributes]
 */
export function button(label, click, attributes) {
  return h("button", { type: "button", text: label, click, ...attributes });
}

/**
 * Return a button that shows only an icon; its label is its name and its tooltip.
 *
 * @param {Icon} shape
 * @param {string} label
 * @param {(event: MouseEvent) => void} click
 * @param {Record<string, string|number|boolean|null>} [attributes]
 */
export function iconButton(shape, label, click, attributes = {}) {
  const made = button("", click, { class: "icon", "aria-label": label, title: label, ...attributes });
  made.append(icon(shape));
  return made;
}

/**
 * Return a stranger's name, kept apart from the text around it in its direction.
 *
 * @param {string} name
 */
export function named(name) {
  return h("bdi", { text: name });
}

/**
 * Return the class with a name's colour, which is the same on every page.
 *
 * @param {string} name
 */
export function colour(name) {
  let sum = 0;
  for (const character of name.toLowerCase()) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return `c${(sum % 9973) % 8}`;
}
