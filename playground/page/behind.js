// Behind the scenes: what the bot tells of itself as it happens, and switches that put troubles in its way.
import { el } from "./dom.js";

const $ = (id) => document.getElementById(id);

const SWITCHES = {
  slow: ["Slow", "The next picture takes ten times as long."],
  moderated: ["Moderated", "The next picture is refused for its content."],
  error: ["Error", "The next picture fails."],
  broke: ["Out of credits", "All your credits are used up. A moderator can give more: /moderate grant"],
  hour: ["An hour later", "An hour has passed: for the bot, the image service and this Discord."],
  restart: ["Restart the bot", "The bot ends and starts again. What it was doing goes on."],
};
const SPENT = { 0: "You have no credits left already.", unlimited: "Your credits here are unlimited: there is nothing to use up. /settings show sets a limit." };
const KINDS = { job: "Job", request: "Request", booking: "Credits", refused: "Discord refuses" };
const SHOWN = 300;

const log = el("ol", { class: "told", "aria-label": "What happened", tabindex: "0" });
const status = el("p", { role: "status", class: "did" });

const me = () => document.querySelector("#people [aria-checked=true]")?.dataset.key;

function words(told) {
  if (told.kind === "job") return `${told.code} of ${told.name ?? "somebody"}: ${told.state} (${told.tasks})`;
  if (told.kind === "request") return `${told.method} ${told.host}${told.path} → ${told.answer}`;
  if (told.kind === "refused") return `${told.what}: ${told.why}`;
  return `${told.what} ${told.credits} · ${told.name ?? "somebody"}${told.code ? ` · ${told.code}` : ""}`;
}

// The newest line is in sight unless one has scrolled up from it.
let follow = true;
const look = () => { if (!$("behind").hidden) follow = log.scrollHeight - log.scrollTop - log.clientHeight < 30; };
const newest = () => { if (follow) log.scrollTop = log.scrollHeight; };

function show(told) {
  look();
  if (told.kind === "refused") alarm(told.at);
  const failed = told.kind === "refused" || told.state === "failed" || /^[45]\d\d$/.test(told.answer ?? "") || /^[A-Z]/.test(told.answer ?? "");
  log.append(el("li", { class: `${told.kind}${failed ? " failed" : ""}` }, el("b", {}, KINDS[told.kind] ?? told.kind), ` ${words(told)}`));
  while (log.children.length > SHOWN) log.firstChild.remove();
  newest();
}

// What Discord refuses is a fault of the bot: it is to be seen while the panel is closed as well, until somebody has looked.
const LOOKED = "behind-looked"; // when the last of those was told that were looked at, in any tab
let refused = 0;
let unseen = 0;
function alarm(at) {
  if (!$("behind").hidden) localStorage.setItem(LOOKED, at);
  if (at <= Number(localStorage.getItem(LOOKED))) return;
  unseen = at;
  count(refused + 1);
}

function count(many) {
  refused = many;
  $("behind-toggle").classList.toggle("alarm", many > 0);
  $("behind-toggle").textContent = many ? `Behind the scenes · ${many} refused by Discord` : "Behind the scenes";
}

function toggle() {
  look();
  $("behind").hidden = !$("behind").hidden;
  $("behind-toggle").setAttribute("aria-expanded", String(!$("behind").hidden));
  if ($("behind").hidden) return;
  newest();
  if (unseen) localStorage.setItem(LOOKED, unseen);
  count(0);
}

// What a switch did is said for a while: it is about that moment, and untrue later.
const SAID_MS = 8000;
let said = 0;
function say(text) {
  clearTimeout(said);
  status.textContent = text;
  said = setTimeout(() => { status.textContent = ""; }, SAID_MS);
}

async function use(name) {
  const answer = await fetch(`play/behind/${name}`, { method: "POST", body: JSON.stringify({ person: me() }) });
  if (!answer.ok) { say("That did not work."); return; }
  const { number } = await answer.json();
  say((name === "broke" && SPENT[number]) || SWITCHES[name][1]);
}

const known = (await (await fetch("play/behind")).json()).filter((name) => name in SWITCHES);
if (known.length) {
  $("behind").append(
    el("h2", {}, "Behind the scenes"),
    el("p", { class: "hint" }, "What the bot does, as it happens. Words and keys are left out."),
    el("div", { class: "switches", role: "group", "aria-label": "Have something happen" },
      ...known.map((name) => el("button", { type: "button", class: "chip", title: SWITCHES[name][1], onclick: () => use(name) }, SWITCHES[name][0]))),
    status, log,
  );
  $("behind-toggle").hidden = false;
  $("behind-toggle").onclick = toggle;
  const source = new EventSource("play/behind/told");
  source.onopen = () => { log.replaceChildren(); count(0); }; // it begins with all that was told lately
  source.onmessage = (event) => show(JSON.parse(event.data));
}
