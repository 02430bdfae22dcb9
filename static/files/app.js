// Who waits longer than a second for what a form does is told that it is under way.
// A page in another language has these in the element of this script.
const words = { slow: "This takes longer than usual. It is under way; you need not press again.", again: "No answer came, so this is sent again. It is done once.", ...document.currentScript.dataset };
const tell = (said) => (document.getElementById("status").textContent = said);
let waiting;
document.addEventListener("htmx:beforeRequest", (e) => {
	if (e.target.matches("form")) waiting = setTimeout(tell, 1000, words.slow);
});
document.addEventListener("htmx:afterRequest", () => clearTimeout(waiting));
// The page of a request looks for its answer, every ten seconds for a quarter of an hour, and not where nothing is to move.
for (const answer of document.querySelectorAll("[data-look]")) {
	if (matchMedia("(prefers-reduced-motion: reduce)").matches) break;
	answer.querySelector("[data-looking]").hidden = false;
	let left = 90;
	const timer = setInterval(() => {
		if (!answer.isConnected || left-- === 0) return clearInterval(timer);
		htmx.trigger(answer, "look");
	}, 10000);
}
// When htmx gets no answer, send the form as the browser would have done without
// it: the browser then says itself that the network is away, and can try again.
for (const event of ["htmx:sendError", "htmx:timeout"]) {
	document.addEventListener(event, (e) => {
		if (!e.target.matches("form")) return;
		tell(words.again);
		e.target.submit();
	});
}
// What is only shown beside a form must not take the page, and what was typed,
// away when it fails.
document.addEventListener("htmx:beforeOnLoad", (e) => {
	if (!e.target.matches("form") && e.detail.xhr.status !== 200) e.preventDefault();
});
