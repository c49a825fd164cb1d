
"use strict";
// Data flow: the JSON in #data is read once; the URL's fragment holds what is picked; every change of the fragment
// draws bars, chips and examples anew. Texts come from spammers: they reach the page as text nodes only.

const PAGE = 50; // examples drawn at a time
const TOP = 8; // bars of a chart before "show all"
const RULES = 8; // rules named under an example
const FOLD = { longest: 400, most: 10, head: [240, 6], tail: [120, 3] }; // characters and lines of a long cut

// What examples can be narrowed down by. Those with a list are drawn as a chart.
const FACETS = [
  { key: "theme", list: "themes", title: "Themes", of: (example) => [example.theme] },
  { key: "language", list: "languages", title: "Languages of the rules", of: (example) => example.languages },
  { key: "rule", list: "rules", title: "Rules", of: (example) => example.rules },
  { key: "host", list: "hosts", title: "Hosts", of: (example) => [example.host] },
  { key: "outcome", of: (example) => [example.outcome] },
];
const ORDERS = {
  score: (one, other) => one.score - other.score,
  length: (one, other) => cutLength(other) - cutLength(one),
};

// The examples come in no order that means anything; line 9 of a file stands before line 10.
const PLACES = new Intl.Collator("en", { numeric: true });

const at = (id) => document.getElementById(id);

/** An element with attributes, which are never page text, and children: nodes, or strings of our own. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function button(attributes, action, ...children) {
  const made = element("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", action);
  return made;
}

// ---- Figures -------------------------------------------------------------------------------------------------------

const count = (number) => number.toLocaleString("en");
const counted = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let step = 0;
  // 999.5 would round to 1,000 of the smaller unit.
  for (; number >= 999.5 && step < units.length - 1; step += 1) number /= 1000;
  return `${number.toLocaleString("en", { maximumSignificantDigits: 3 })} ${units[step]}`;
}

function share(part, whole) {
  if (!whole || !part) return "0 %";
  const percent = (100 * part) / whole;
  return percent < 0.001 ? "< 0.001 %" : `${percent.toLocaleString("en", { maximumSignificantDigits: 2 })} %`;
}

// ---- Page text -----------------------------------------------------------------------------------------------------

// Whatever has no look of its own or steers its neighbours: controls, zero-width and bidi signs, separators of lines,
// private and unassigned code points. A run of one of them is one match; so is a pile of marks that no script stacks.
const UNSEEN =
  /((?![\t\n])[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\uFFF9-\uFFFB\p{Co}\p{Cn}\p{Cs}])\1*|[\p{Mn}\p{Me}]{6,}/gu;
// Anchored and spelled out: with a class and `$` alone, Chromium 156 misses whatever lies beyond U+FFFF.
const PICTURE = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)$/u;
const JOINED_SCRIPT = /^[\u0600-\u0DFF]$/u; // Arabic to Sinhala: joiners are part of the spelling

/** Whether an unseen sign is at its proper work: inside an emoji, or between letters of a script that joins. */
function proper(sign, before, after) {
  if (sign === "\uFE0F") return PICTURE.test(before) || after === "\u20E3";
  if (sign === "\u200D" && PICTURE.test(before)) return PICTURE.test(after);
  return /^[\u200C\u200D]$/.test(sign) && JOINED_SCRIPT.test(before) && JOINED_SCRIPT.test(after);
}

function signBox(run, sign) {
  if (sign === undefined) return element("span", { class: "sign" }, `${count(Array.from(run).length)} stacked marks`);
  const code = sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  const times = run.length / sign.length;
  return element("span", { class: "sign" }, `U+${code}${times > 1 ? ` ×${count(times)}` : ""}`);
}

/** Page text as nodes, unseen signs as boxes with their code points. */
function visible(text) {
  const nodes = [];
  let done = 0;
  text = text.replaceAll("\r\n", "\n"); // an ordinary line break, nothing to point at
  for (const found of text.matchAll(UNSEEN)) {
    const [run, sign] = found;
    const end = found.index + run.length;
    const before = Array.from(text.slice(Math.max(0, found.index - 2), found.index)).at(-1);
    const after = Array.from(text.slice(end, end + 2)).at(0);
    if (proper(run, before, after)) continue;
    nodes.push(text.slice(done, found.index), signBox(run, sign));
    done = end;
  }
  nodes.push(text.slice(done));
  return nodes;
}

/** Page text for a line of the page's own: isolated, so that it orders nothing but itself. */
const pageText = (text, attributes = {}) => element("bdi", attributes, ...visible(text));

const RIGHT_TO_LEFT = /^(?:[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]|[\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}])$/u;

/** The direction of the first letter, as in an editor. */
function direction(text) {
  const letter = /\p{L}/u.exec(text);
  return letter && RIGHT_TO_LEFT.test(letter[0]) ? "rtl" : "ltr";
}

/** Signs left of `text` from an end, no more than so many and no more than so many lines. */
function reach(signs, [most, lines]) {
  let taken = 0;
  for (; taken < Math.min(most, signs.length); taken += 1) if (signs[taken] === "\n" && --lines === 0) break;
  return taken;
}

/** A long cut folded to its ends, where a wrong cut shows; to its beginning, if `text` does not hold the end. */
function folded(text, ends) {
  const signs = Array.from(text);
  if (signs.length <= FOLD.longest && signs.filter((sign) => sign === "\n").length < FOLD.most) return visible(text);
  const head = reach(signs, FOLD.head);
  const tail = ends ? Math.max(head, signs.length - reach([...signs].reverse(), FOLD.tail)) : signs.length;
  const middle = signs.slice(head, tail);
  const unfold = button({ class: "unfold" }, () => {
    const revealed = element("span", { class: "revealed", tabindex: "-1" }, ...visible(middle.join("")));
    unfold.replaceWith(revealed);
    // The button is gone: whoever reads with the keyboard goes on where it stood.
    revealed.focus({ preventScroll: true });
  }, `show ${counted(middle.length, "more character")}`);
  return [...visible(signs.slice(0, head).join("")), unfold, ...visible(signs.slice(tail).join(""))];
}

// ---- What is picked: the fragment of the URL -----------------------------------------------------------------------

function readState() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const picked = new Map(FACETS.map(({ key }) => [key, new Set(fragment.getAll(key))]));
  return { picked, text: fragment.get("text") ?? "", order: fragment.get("order") ?? "" };
}

function fragmentOf({ picked, text, order }) {
  const fragment = new URLSearchParams();
  for (const [key, names] of picked) for (const name of names) fragment.append(key, name);
  if (text) fragment.set("text", text);
  if (order) fragment.set("order", order);
  // An empty fragment would scroll to the top.
  return `#${fragment.toString() || "all"}`;
}

/** A click can be taken back with the browser's own button; typing leaves no trail of half words. */
const goTo = (state) => { location.hash = fragmentOf(state); };
const goToTyped = (state) => { location.replace(fragmentOf(state)); };

function toggle(key, name) {
  const state = readState();
  const names = state.picked.get(key);
  if (!names.delete(name)) names.add(name);
  goTo(state);
}

// ---- Filtering -----------------------------------------------------------------------------------------------------

/** Characters, as people and Rust count them; kept, because sorting asks often. */
const cutLength = (example) => (example.length ??= Array.from(example.cut + example.end).length + example.more);

/** Spellings that look alike are found alike: wide letters, capitals, words split by unseen signs. */
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\p{Default_Ignorable_Code_Point}+/gu, "");

const haystacks = new WeakMap();
function haystack(example) {
  let text = haystacks.get(example);
  if (text === undefined) {
    const { place, id, host, theme, rules, before, cut, end, after } = example;
    // In the order of the page, so that a phrase across the edge of a cut is found, too.
    text = plain([place, id, host, theme, ...rules, before + cut, end + after].join("\n"));
    haystacks.set(example, text);
  }
  return text;
}

/** Several names of one kind widen, several kinds narrow, every word has to be there. */
function filtered(examples, { picked, text, order }) {
  const kinds = FACETS.filter(({ key }) => picked.get(key).size > 0);
  const words = plain(text).split(/\s+/u).filter(Boolean);
  const fits = (example) =>
    kinds.every(({ key, of }) => of(example).some((name) => picked.get(key).has(name))) &&
    words.every((word) => haystack(example).includes(word));
  const found = examples.filter(fits);
  return Object.hasOwn(ORDERS, order) ? found.sort(ORDERS[order]) : found;
}

// ---- The head ------------------------------------------------------------------------------------------------------

function drawHead({ totals }) {
  const touched = totals.cleaned + totals.junk;
  const aside = totals.set_aside > 0 ? `; ${counted(totals.set_aside, "document")} set aside` : "";
  at("summary").textContent = totals.segments === 0
    ? `Nothing was cut. ${counted(totals.documents, "document")} read${aside}.`
    : `${bytes(totals.cut_bytes)} of ${bytes(totals.bytes)} cut, out of ${count(touched)} of ` +
      `${counted(totals.documents, "document")}${aside}. Everything else is as it was, byte for byte.`;
  const figure = (name, value, note) => at("figures").append(element("div", {},
    element("dt", {}, name), element("dd", { class: "value" }, value), element("dd", { class: "note" }, note)));
  figure("Documents", count(totals.documents), bytes(totals.bytes));
  figure("Touched", count(touched), `${share(touched, totals.documents)} of documents`);
  figure("Cut", bytes(totals.cut_bytes), `${share(totals.cut_bytes, totals.bytes)} of bytes`);
  figure("Cuts", count(totals.segments), `in ${counted(touched, "document")}`);
  figure("Junk throughout", count(totals.junk), `${count(totals.set_aside)} set aside`);
  const speed = totals.seconds > 0 ? `${bytes(totals.bytes / totals.seconds)} a second` : "";
  figure("Time", duration(totals.seconds), speed);
}

function duration(seconds) {
  if (seconds < 60) return `${seconds.toLocaleString("en", { maximumSignificantDigits: 3 })} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function drawOrigin({ made, command, ruleset, input }) {
  const inputs = input.length > 20 ? [...input.slice(0, 20), `and ${count(input.length - 20)} more`] : input;
  for (const [name, value] of [["Made", made], ["Command", command], ["Rules", ruleset], ["Input", inputs.join("\n")]])
    at("origin").append(element("dt", {}, name), element("dd", {}, pageText(value)));
  at("about").hidden = false;
}

// ---- Charts that filter --------------------------------------------------------------------------------------------

const languageNames = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
function languageName(tag) {
  if (tag === "und") return "in any language";
  try { return languageNames.of(tag) ?? ""; } catch { return ""; } // a tag that is none has no name
}

/** The name of a bar or a chip, as people read it. */
function named(key, name) {
  if (key === "language") return [name, " ", element("span", { class: "quiet" }, languageName(name))];
  if (key === "outcome") return [name === "junk" ? "junk throughout" : name];
  return [name === "" ? element("i", {}, `no ${key}`) : pageText(name)];
}

function bar({ key }, entry, widest, sampled) {
  // The rest is a sum of many: no bar of its own, or every other would vanish beside it.
  const rest = entry.name === null;
  const name = rest ? [element("i", {}, counted(entry.names, "other"))] : named(key, entry.name);
  const label = element("span", { class: "label" },
    element("span", { class: "name" }, ...name), element("span", { class: "number" }, bytes(entry.bytes)));
  const documents = counted(entry.documents, "document");
  const title = `${counted(entry.bytes, "byte")} in ${counted(entry.segments, "cut")} of ${documents}`;
  if (rest) return element("div", { class: "bar", title }, label);
  const fill = element("span", { class: "fill" });
  fill.style.width = `${widest ? (100 * entry.bytes) / widest : 0}%`;
  const made = button({ class: "bar", title, "aria-pressed": "false" }, () => toggle(key, entry.name),
    label, element("span", { class: "track", "aria-hidden": "true" }, fill));
  if (!sampled.has(entry.name)) {
    made.disabled = true;
    made.title += "; none among the examples";
  }
  return made;
}

/** Draws a chart and gives back what marks the bars that are picked. */
function drawFacet(facet, data) {
  const entries = data[facet.list];
  const sampled = new Set(data.examples.flatMap(facet.of));
  const widest = Math.max(0, ...entries.filter((entry) => entry.name !== null).map((entry) => entry.bytes));
  const rows = entries.map((entry) => ({ entry, made: bar(facet, entry, widest, sampled) }));
  const list = element("ul", {}, ...rows.map(({ made }) => element("li", {}, made)));
  const summary = element("summary", {}, facet.title, " ", element("span", { class: "quiet" }, "by bytes cut"));
  const details = element("details", { class: "facet" }, summary, list);
  details.open = !matchMedia("(max-width: 52rem)").matches || facet.key === "theme";
  let all = entries.length <= TOP + 1; // one more is no longer than the button
  const fold = (names) => rows.forEach(({ entry }, row) => {
    list.children[row].hidden = !all && row >= TOP && !names.has(entry.name);
  });
  const switchAll = button({ class: "plain", "aria-expanded": "false" }, () => {
    all = !all;
    switchAll.textContent = all ? "Show fewer" : `Show all ${count(entries.length)}`;
    switchAll.setAttribute("aria-expanded", String(all));
    fold(readState().picked.get(facet.key));
  }, `Show all ${count(entries.length)}`);
  if (!all) details.append(switchAll);
  at("facets").append(details);
  return ({ picked }) => {
    const names = picked.get(facet.key);
    for (const { entry, made } of rows)
      if (entry.name !== null) made.setAttribute("aria-pressed", String(names.has(entry.name)));
    fold(names);
  };
}

// ---- Chips ---------------------------------------------------------------------------------------------------------

function drawChips(state) {
  const hadFocus = at("chips").contains(document.activeElement);
  const chips = [];
  for (const [key, names] of state.picked)
    for (const name of names)
      chips.push(button({ class: "chip" }, () => toggle(key, name),
        element("span", { class: "unseen" }, "Remove filter "), `${key}: `, ...named(key, name)));
  if (state.text) chips.push(button({ class: "chip" }, () => goTo({ ...readState(), text: "" }),
    element("span", { class: "unseen" }, "Remove filter "), "text: ", pageText(state.text)));
  if (chips.length > 0) chips.push(button({ class: "plain" }, clearAll, "Clear all"));
  at("chips").replaceChildren(...chips);
  if (hadFocus) (chips[0] ?? at("results")).focus({ preventScroll: true });
}

function clearAll() {
  const none = new Map(FACETS.map(({ key }) => [key, new Set()]));
  goTo({ picked: none, text: "", order: readState().order });
}

// ---- Examples ------------------------------------------------------------------------------------------------------

function tag(state, key, name, kind = "") {
  const pressed = String(state.picked.get(key).has(name));
  return button({ class: `tag ${kind}`, "aria-pressed": pressed }, () => toggle(key, name),
    element("span", { class: "unseen" }, `Filter by ${key} `), ...named(key, name));
}

function excerpt(example) {
  const { before, cut, more, end, after, languages } = example;
  // The language picks the glyphs and the voice; `und` says nothing about either.
  const language = languages.find((name) => name !== "und");
  const mark = element("mark", { dir: direction(cut) }, ...folded(cut, more === 0));
  if (language) mark.lang = language;
  const leftOut = `${counted(more, "character")} not in this report`;
  if (more > 0) mark.append(element("span", { class: "left-out" }, leftOut), ...visible(end));
  // The page decides how a line runs; the cut only where it is all there is.
  const genuine = /\p{L}/u.test(before + after) ? before + after : cut;
  return element("p", { class: "excerpt", dir: direction(genuine) }, ...visible(before), mark, ...visible(after));
}

function drawExample(example, state) {
  const { place, id, host, theme, rules, score, outcome } = example;
  const head = element("div", { class: "facts" },
    element("h3", {}, pageText(place)), tag(state, "theme", theme, "theme"), tag(state, "outcome", outcome),
    element("span", { class: "quiet end" }, `${counted(score, "point")}, ${counted(cutLength(example), "character")}`));
  const foot = element("div", { class: "facts" }, tag(state, "host", host));
  // Records without an id are called file#number: the place says that already.
  if (id && !`${place}:`.startsWith(`${id.replace(/#(\d+)$/, ":$1")}:`)) foot.append(element("span", { class: "quiet" }, "id ", pageText(id)));
  for (const rule of rules.slice(0, RULES)) foot.append(tag(state, "rule", rule));
  const left = rules.length - RULES;
  if (left > 0) foot.append(element("span", { class: "quiet" }, `and ${counted(left, "more rule")}`));
  return element("li", {}, element("article", {}, head, excerpt(example), foot));
}

/** Draws the next examples after those already there. */
function drawMore(found, state) {
  const drawn = at("examples").childElementCount;
  at("examples").append(...found.slice(drawn, drawn + PAGE).map((example) => drawExample(example, state)));
  const left = found.length - at("examples").childElementCount;
  at("more").hidden = left <= 0;
  at("more").textContent = `Show ${count(Math.min(PAGE, left))} more of ${count(left)}`;
  at("more").onclick = () => {
    const next = at("examples").childElementCount;
    drawMore(found, state);
    const first = at("examples").children[next];
    first.tabIndex = -1;
    first.focus();
  };
}

function drawExamples(data, state) {
  const found = filtered(data.examples, state);
  const [shown, all] = [data.examples.length, data.examples_of.all];
  const sample = shown < all ? `a sample of all ${counted(all, "cut")}` : "all that was cut";
  const part = found.length < shown ? `${count(found.length)} of ` : "";
  at("status").textContent = shown > 0 ? `${part}${counted(shown, "example")}, ${sample}` : "";
  const hadFocus = at("examples").contains(document.activeElement);
  at("examples").replaceChildren();
  drawMore(found, state);
  if (found.length === 0) at("examples").append(element("li", { class: "nothing" },
    shown === 0 ? "This report holds no examples." : "No example fits all these filters."));
  if (hadFocus) at("results").focus({ preventScroll: true });
}

// ---- Start ---------------------------------------------------------------------------------------------------------

/** The fragment holds the filters, so a link into the page must not write it. */
function listenToSkip() {
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    at("results").focus();
  });
}

/** The search field and the order: they write the fragment, and follow it. */
function listenToToolbar() {
  let waiting = 0;
  at("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      waiting = 0;
      goToTyped({ ...readState(), text: at("search").value });
    }, 150);
  });
  at("order").addEventListener("change", () => goTo({ ...readState(), order: at("order").value }));
  return ({ text, order }) => {
    // Letters typed since are newer than the fragment.
    if (waiting === 0 && at("search").value !== text) at("search").value = text;
    at("order").value = Object.hasOwn(ORDERS, order) ? order : "";
  };
}

function start() {
  let data;
  try {
    data = JSON.parse(at("data").textContent);
  } catch {
    at("summary").textContent =
      "The data of this report cannot be read: the file is cut off or was changed. Run dechaff clean --report again.";
    return;
  }
  if (data.v !== 1) {
    at("summary").textContent = `This page reads reports of version 1, its data are of version ${Number(data.v)}.`;
    return;
  }
  data.examples.sort((one, other) => PLACES.compare(one.place, other.place));
  drawHead(data);
  drawOrigin(data);
  if (data.totals.segments > 0) {
    const followers = FACETS.filter(({ list }) => list && data[list].length > 0).map((facet) => drawFacet(facet, data));
    listenToSkip();
    followers.push(listenToToolbar(), drawChips, (state) => drawExamples(data, state));
    const draw = () => { const state = readState(); followers.forEach((follow) => follow(state)); };
    addEventListener("hashchange", () => {
      draw();
      if (at("results").getBoundingClientRect().top < 0) at("results").scrollIntoView();
    });
    draw();
    at("body").hidden = false;
  }
  document.documentElement.dataset.ready = "yes"; // for tests: all was drawn
}

addEventListener("DOMContentLoaded", start);
