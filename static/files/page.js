// What only script can add to a page. Without it the page shows nothing of this.
// A button marked data-copy copies what stands in the element whose id it names.
// What it says in another language stands in the element of this script.
const ours = {
	copied: "Copied", selected: "It is selected: press Ctrl+C or ⌘C to copy it",
	left: "No characters left|1 character left|2 characters left", over: "|1 character too many|2 characters too many",
	...document.currentScript.dataset,
};
const appear = (within) => within.querySelectorAll("[data-copy], [data-show]").forEach((button) => (button.parentElement.hidden = false));
const select = (from) => {
	if (from.select) return from.select();
	const all = document.createRange();
	all.selectNodeContents(from);
	getSelection().removeAllRanges();
	getSelection().addRange(all);
};
document.addEventListener("click", async (event) => {
	const button = event.target.closest("[data-copy]");
	if (!button) return;
	const from = document.getElementById(button.dataset.copy), said = button.nextElementSibling;
	said.textContent = "";
	try {
		await navigator.clipboard.writeText(from.value ?? (from.children.length ? from.innerText : from.textContent));
		said.textContent = ours.copied;
	} catch {
		// Where the page came without https there is no clipboard, and only the older way.
		select(from);
		said.textContent = document.execCommand("copy") ? ours.copied : ours.selected;
		button.focus();
	}
});
// A button marked data-show shows what is typed into the password field that it names,
// until it is sent.
const show = (button, shown) => {
	button.setAttribute("aria-pressed", shown);
	document.getElementById(button.dataset.show).type = shown ? "text" : "password";
};
document.addEventListener("click", (event) => {
	const button = event.target.closest("[data-show]");
	if (button) show(button, button.getAttribute("aria-pressed") === "false");
});
document.addEventListener("submit", (event) => event.target.querySelectorAll("[data-show]").forEach((button) => show(button, false)));
// The key / leads to the search, but for who types or has switched it off: some speak
// to their machine, and every letter would be a command. A browser may keep nothing.
const kept = (...value) => {
	try {
		return value.length ? localStorage.setItem("slash", value[0]) : localStorage.getItem("slash");
	} catch {
		return null;
	}
};
document.addEventListener("keydown", (event) => {
	const field = document.getElementById("find");
	if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || !field || kept() === "off" || event.target.closest("input, select, textarea")) return;
	event.preventDefault();
	if (!field.checkVisibility()) document.getElementById("menu").showPopover();
	field.focus();
});
// Enter decides about a draft when it is let go: held down, it would decide about those
// that follow too.
let pressed;
document.addEventListener("keydown", (event) => {
	if (event.key !== "Enter" || event.target.name !== "decision") return;
	event.preventDefault();
	pressed = event.target;
});
document.addEventListener("keyup", (event) => {
	if (event.key === "Enter" && pressed === event.target) pressed.click();
	pressed = undefined;
});
const slash = document.getElementById("slash");
if (slash) {
	slash.checked = kept() !== "off";
	slash.closest("section").hidden = false;
	slash.addEventListener("change", () => kept(slash.checked ? "on" : "off"));
}
// What a field has left is said once little is, and when one pauses. The server says the
// same of what it is sent (control.left).
const counted = (forms, n) => forms.split("|")[Math.min(n, 2)].replace("2", n.toLocaleString(document.documentElement.lang));
const pauses = new WeakMap();
document.addEventListener("input", (event) => {
	const said = document.getElementById(event.target.id + "-left");
	if (!said) return;
	clearTimeout(pauses.get(said));
	pauses.set(said, setTimeout(() => {
		const limit = +said.dataset.limit, left = limit - [...event.target.value.trim()].length;
		said.textContent = left * 10 > limit ? "" : left < 0 ? counted(ours.over, -left) : counted(ours.left, left);
	}, 500));
});
// Who leaves a form with words that are not saved is asked first.
const guarded = document.querySelector("form[data-guard]");
if (guarded) {
	let sent = false;
	const changed = (field) => field.options
		? [...field.options].some((o) => o.selected !== o.defaultSelected) && field.selectedIndex !== Math.max(0, [...field.options].findIndex((o) => o.defaultSelected))
		: field.value !== field.defaultValue || field.checked !== field.defaultChecked;
	guarded.addEventListener("submit", () => (sent = true));
	addEventListener("pageshow", () => (sent = false));
	addEventListener("beforeunload", (event) => {
		if (!sent && (guarded.dataset.guard === "true" || [...guarded.elements].some((e) => e.name && changed(e)))) event.preventDefault();
	});
}
document.addEventListener("htmx:load", (event) => appear(event.target));
appear(document);
// Times are written by the server, in the zone of whoever reads.
document.cookie = "personae_zone=" + Intl.DateTimeFormat().resolvedOptions().timeZone + "; path=" +
	new URL("..", document.currentScript.src).pathname + "; max-age=31536000; samesite=lax" +
	(location.protocol === "https:" ? "; secure" : "");
