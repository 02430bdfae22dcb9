// When htmx gets no answer, send the form as the browser would have done without
// it: the browser then says itself that the network is away, and can try again.
for (const event of ["htmx:sendError", "htmx:timeout"]) {
	document.addEventListener(event, (e) => e.target.matches("form") && e.target.submit());
}
// What is only shown beside a form must not take the page, and what was typed,
// away when it fails.
document.addEventListener("htmx:beforeOnLoad", (e) => {
	if (!e.target.matches("form") && e.detail.xhr.status !== 200) e.preventDefault();
});
