// A form marked data-passkey asks the browser for a passkey when it is sent, and
// takes the answer along. Without this script the form stays hidden.
for (const form of document.querySelectorAll("form[data-passkey]")) {
	if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
	form.hidden = false;
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		const status = document.getElementById("status");
		const options = JSON.parse(form.dataset.options);
		try {
			const credential = form.dataset.passkey === "create"
				? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
				: await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
			form.elements.credential.value = JSON.stringify(credential.toJSON());
			form.submit();
		} catch (e) {
			status.textContent = e.name === "InvalidStateError"
				? form.dataset.taken
				: form.dataset.unused;
		}
	});
}
