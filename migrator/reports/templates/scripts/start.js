// Small words that everything below is written in.

const byId = (id) => document.getElementById(id);

/** An element: `make("a.chip", {href}, "text", other)`. Text is always put in as text. */
function make(what, attributes, ...children) {
  const [name, ...classes] = what.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children) if (child !== null && child !== undefined && child !== "") element.append(child);
  return element;
}

/** A sentence with its names between backticks as code. */
function sentence(text) {
  const parts = document.createDocumentFragment();
  text.split("`").forEach((part, number) => {
    if (part) parts.append(number % 2 ? make("code", null, part) : part);
  });
  return parts;
}

const number = (count) => count.toLocaleString("en");
const counted = (count, one, many) => `${number(count)} ${count === 1 ? one : many || one + "s"}`;

/** Only pages of the web are linked to, whatever the data says. */
function webLink(url, line) {
  if (!/^https?:\/\//.test(url)) return null;
  const mark = /^https?:\/\/[^/]*bitbucket/.test(url) ? "#lines-" : "#L";
  return line ? `${url}${mark}${line}` : url;
}

function outward(url, ...children) {
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}
