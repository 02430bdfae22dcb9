// When htmx gets no answer, send the form as the browser would have done without
// it: the browser then says itself that the network is away, and can try again.
for (const event of ["htmx:sendError", "htmx:timeout"]) {
	document.addEventListener(event, (e) => e.target.closest("form")?.submit());
}
