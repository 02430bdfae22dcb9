// A form marked data-streams gets its answer in parts, as the model writes. What
// is no such answer, an error or a sign-in page, the browser fetches by itself.
// Without this script the page comes when all is written. What it says stands in the
// form’s data attributes, in the language of the page.
for (const form of document.querySelectorAll("form[data-streams]")) {
	const place = document.getElementById("drafts"), status = document.getElementById("status"), says = form.dataset;
	let now;
	const end = (what, then) => {
		now = undefined;
		if ("keeps" in says && place.querySelector("blockquote")) {
			then = says.stays;
			for (const part of place.querySelectorAll("[aria-busy=true], .do:has([data-stop])")) part.remove();
		} else place.replaceChildren();
		status.textContent = what + " " + then;
		form.querySelector("button").focus();
	};
	const broke = () => end(says.broke, says.again);
	const show = (part) => {
		const one = place.querySelectorAll("section")[part.draft];
		if (part.done) {
			now = undefined;
			place.querySelector("[data-stop]").parentElement.remove();
			status.textContent = says.written;
		} else if (part.text) one.querySelector("blockquote").append(part.text);
		else if (one) one.outerHTML = part.html;
		else {
			place.innerHTML = part.html;
			place.firstElementChild.focus();
		}
	};
	place.addEventListener("click", (event) => event.target.closest("[data-stop]") && now?.abort());
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		now?.abort();
		const mine = now = new AbortController();
		status.textContent = says.writing;
		try {
			const answer = await fetch(form.action, {
				method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/x-ndjson" }, signal: mine.signal,
			});
			if (!answer.headers.get("Content-Type").startsWith("application/x-ndjson")) return form.submit();
			const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
			for (let text = ""; ;) {
				const { value, done } = await reader.read();
				if (done) break;
				const lines = (text + value).split("\n");
				text = lines.pop();
				for (const line of lines) if (now === mine) show(JSON.parse(line));
			}
			if (now === mine) broke();
		} catch (e) {
			if (now !== mine) return; // another try has begun
			if (e.name === "AbortError") end(says.stopped, says.gone);
			else broke();
		}
	});
}
