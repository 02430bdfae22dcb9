// What only script can add to a page. Without it the page shows nothing of this.
// A button marked data-copy copies what stands in the element whose id it names.
const appear = (within) => within.querySelectorAll("[data-copy]").forEach((button) => (button.parentElement.hidden = false));
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
		said.textContent = "Copied";
	} catch {
		// Where the page came without https there is no clipboard, and only the older way.
		select(from);
		said.textContent = document.execCommand("copy") ? "Copied" : "It is selected: press Ctrl+C or ⌘C to copy it";
		button.focus();
	}
});
document.addEventListener("htmx:load", (event) => appear(event.target));
appear(document);
// Times are written by the server, in the zone of whoever reads.
document.cookie = "personae_zone=" + Intl.DateTimeFormat().resolvedOptions().timeZone + "; path=/; max-age=31536000; samesite=lax" +
	(location.protocol === "https:" ? "; secure" : "");
