package views_test

import (
	"slices"
	"strings"
	"testing"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/testing/browser"
	"personae/views"
)

// TestASlashLeadsToTheSearchUntilItIsSwitchedOff also types one where it is a letter,
// and presses it where the search is behind the button of the menu.
func TestASlashLeadsToTheSearchUntilItIsSwitchedOff(t *testing.T) {
	t.Parallel()
	origin, _, _ := gallery(t)
	tab := browser.Open(t, origin, true)
	const search = "searchbox: Search here"
	tab.Get("/tokens")
	tab.Slash()
	if got := tab.Focused(); got != search {
		t.Errorf("the focus is on %q", got)
	}
	tab.Type("Name", "")
	tab.Slash()
	if got := tab.Focused(); got != "textbox: Name" {
		t.Errorf("while somebody types the focus is on %q", got)
	}
	tab.Get("/personas")
	tab.Widen(320)
	tab.Slash()
	if got := tab.Focused(); got != search {
		t.Errorf("in a narrow window the focus is on %q", got)
	}
	tab.Get("/account")
	tab.Tick("The key / leads to the search of a workspace")
	tab.Get("/personas")
	tab.Slash()
	if got := tab.Focused(); got == search {
		t.Error("it cannot be switched off")
	}
}

// TestTheFormOfAPersonaCountsAndGuardsWhatIsTyped also looks in a small window at
// whether the bar with the button hides what has the focus.
func TestTheFormOfAPersonaCountsAndGuardsWhatIsTyped(t *testing.T) {
	t.Parallel()
	origin, _, _ := gallery(t)
	tab := browser.Open(t, origin, true)
	tab.Get("/persona-edit-other")
	const asks = `(() => { const e = new Event("beforeunload", {cancelable: true}); dispatchEvent(e); return e.defaultPrevented })()`
	if browser.Evaluate[bool](tab, asks) {
		t.Error("it asks though nothing was changed")
	}
	tab.Type("Name", strings.Repeat("é", 72))
	tab.Awaits("8 characters left")
	tab.Type("Name", strings.Repeat("é", 81))
	tab.Awaits("1 character too many")
	if !browser.Evaluate[bool](tab, asks) {
		t.Error("it does not ask though something was changed")
	}
	if browser.Evaluate[bool](tab, `(() => { document.querySelector("form[data-guard]").addEventListener("submit", e => e.preventDefault());
		document.querySelector("form[data-guard]").requestSubmit(); return `+asks+` })()`) {
		t.Error("it asks when the form is sent")
	}
	for _, size := range [][2]int64{{320, 568}, {320, 256}, {1280, 700}} {
		tab.Resize(size[0], size[1])
		if hidden := covered(tab, "form[data-guard] :is(input, select, textarea)"); len(hidden) > 0 {
			t.Errorf("at %v the focus is hidden in %v", size, hidden)
		}
		if shown := browser.Evaluate[bool](tab, `(document.getElementById("display_name").focus(), document.querySelector(".reach button").getBoundingClientRect().bottom <= innerHeight)`); shown != (size[1] > 480) {
			t.Errorf("at %v the button to save is in reach: %v", size, shown)
		}
	}
	tab.Get("/settings-alone")
	if browser.Evaluate[bool](tab, asks) {
		t.Error("the settings ask though nothing was changed")
	}
	tab.Type("Company name (optional)", "Harbour")
	if !browser.Evaluate[bool](tab, asks) {
		t.Error("the settings do not ask though something was changed")
	}
	tab.Get("/settings-conflict")
	if !browser.Evaluate[bool](tab, asks) {
		t.Error("it does not ask where a conflict shows what is not saved")
	}
	tab.Get("/persona-sampled")
	if !browser.Evaluate[bool](tab, asks) {
		t.Error("it does not ask where the sample shows what is not saved")
	}
}

// covered returns those of some elements that something lies over while they have the
// focus.
func covered(tab *browser.Tab, selector string) []string {
	return browser.Evaluate[[]string](tab, `[...document.querySelectorAll("`+selector+`")].filter(e => {
		if (e.type === "hidden" || !e.checkVisibility()) return false;
		document.activeElement.blur();
		e.focus();
		const box = e.getClientRects()[0];
		return ![Math.min(8, box.height / 4), box.height / 2].every(y => {
			const top = document.elementFromPoint(box.left + Math.min(8, box.width / 2), Math.min(box.top + y, innerHeight - 1));
			return e.contains(top) || e.type === "checkbox" && e.parentElement.contains(top);
		});
	}).map(e => e.id || e.textContent.trim().slice(0, 30))`)
}

// TestADraftIsDecidedFromTheFirstWindow looks at phones and a small laptop, and at whether
// the bar with the buttons hides what has the focus. Where the window is low, as where
// somebody magnifies, there is no bar.
func TestADraftIsDecidedFromTheFirstWindow(t *testing.T) {
	t.Parallel()
	origin, _, _ := gallery(t)
	tab := browser.Open(t, origin, false)
	tab.Switch(true)
	for _, page := range []string{"draft", "draft-next", "draft-wrong"} {
		for _, size := range [][2]int64{{320, 568}, {375, 667}, {1280, 800}, {320, 256}} {
			tab.Resize(size[0], size[1])
			tab.Get("/" + page)
			bar := size[1] > 480
			if bar {
				if out := browser.Evaluate[[]string](tab, `[...document.querySelectorAll("[name=decision], [name=reason]")].filter(e => {
					const box = e.getBoundingClientRect();
					return box.top < 0 || box.bottom > innerHeight;
				}).map(e => e.textContent)`); len(out) > 0 {
					t.Errorf("%s at %v: not in the first window: %q", page, size, out)
				}
			}
			if page == "draft-next" && browser.Evaluate[int](tab, `scrollY`) > 0 && bar {
				t.Errorf("%s at %v: its beginning is not shown", page, size)
			}
			if hidden := covered(tab, "main a, main button, main select, main textarea, main summary, main [tabindex='0']"); len(hidden) > 0 {
				t.Errorf("%s at %v: the focus is hidden in %q", page, size, hidden)
			}
		}
	}
}

// TestOnPaperIsAllThatIsToReadAndNothingThatLeadsElsewhere also looks at a password that is
// shown, and hidden again when it is sent.
func TestOnPaperIsAllThatIsToReadAndNothingThatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	origin, _, _ := gallery(t)
	tab := browser.Open(t, origin, true)
	tab.Print()
	for _, name := range []string{"personas", "activity-undo", "history", "settings-member"} {
		tab.Get("/" + name)
		wrong := browser.Evaluate[[]string](tab, `(() => {
			const all = selector => [...document.querySelectorAll(selector)], wrong = [];
			const what = e => e.tagName + " " + e.textContent.trim().slice(0, 40);
			if (!document.body.innerText.includes("Harbor Analytics")) wrong.push("no name of the workspace");
			all("button, select, nav a, [role=search]").filter(e => e.checkVisibility()).forEach(e => wrong.push("leads elsewhere: " + what(e)));
			all("main *").filter(e => !e.closest(".vh, thead") && getComputedStyle(e).overflow !== "visible"
				&& (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)).forEach(e => wrong.push("cut off: " + what(e)));
			all("main details > :not(summary, .acts)").filter(e => e.textContent.trim() && !e.querySelector("button") && !e.getBoundingClientRect().height).forEach(e => wrong.push("folded: " + what(e)));
			return wrong.slice(0, 5);
		})()`)
		if len(wrong) > 0 {
			t.Errorf("%s on paper: %q", name, wrong)
		}
	}
	tab.Show("light", false)
	tab.Get("/login")
	const kind = `document.getElementById("password").type`
	for _, want := range []string{"text", "password", "text"} {
		tab.Press("Show password")
		if got := browser.Evaluate[string](tab, kind); got != want {
			t.Errorf("pressed, it is of type %q and not %q", got, want)
		}
	}
	if got := browser.Evaluate[string](tab, `(() => { const form = document.getElementById("password").form;
		form.addEventListener("submit", e => e.preventDefault()); form.requestSubmit(); return `+kind+` })()`); got != "password" {
		t.Errorf("sent, it is of type %q", got)
	}
}

// TestWhatIsShownOnlyOnceIsCopiedWithAButton pastes it where it can be read back.
func TestWhatIsShownOnlyOnceIsCopiedWithAButton(t *testing.T) {
	t.Parallel()
	origin, _, _ := gallery(t)
	tab := browser.Open(t, origin, true)
	tab.Get("/tokens")
	tab.Press("Copy the secret")
	tab.Awaits("Copied")
	if got := tab.Focused(); got != "button: Copy the secret" {
		t.Errorf("the focus is on %q", got)
	}
	tab.Paste("Name")
	if got, want := tab.Value("Name"), "pat_"+strings.Repeat("x", 43); got != want {
		t.Errorf("copied %q and not %q", got, want)
	}
	tab.Switch(false)
	tab.Get("/tokens")
	if tab.Has("button", "Copy the secret") {
		t.Error("a button is offered that does nothing without script")
	}
}

// TestWithoutScriptTheFormSaysHowMuchRoomIsLeft looks at what the server writes where
// script would count.
func TestWithoutScriptTheFormSaysHowMuchRoomIsLeft(t *testing.T) {
	t.Parallel()
	m := form(maya)
	m.Name, m.DisplayName, m.Goals = strings.Repeat("é", 72), strings.Repeat("x", 80), strings.Repeat("x", 4001)
	m.SMSGreeting = "Cześć {firstName} [1] 😀"
	p := render(t, views.PersonaFormPage(admin("Edit", "personas"), m))
	for field, want := range map[string]string{"name": "8 characters left", "display_name": "No characters left",
		"goals": "1 character too many", "signature": ""} {
		if got := text(p.with("id", field+"-left")[0]); got != want {
			t.Errorf("%s: %q and not %q", field, got, want)
		}
	}
	if want := "1 SMS part. The alphabet of SMS lacks “ś”, “ć” and “😀”, so a part holds 70 characters instead of 160. " +
		"Counts double: “😀”."; !strings.Contains(strings.Join(p.texts("dd"), "\n"), want) {
		t.Errorf("no %q in %q", want, p.texts("dd"))
	}
	reply := queued()
	reply.Messages, reply.Place = reply.Messages[1:], lead.Place{Number: 1, Of: 1}
	reply.Messages[0].Channel, reply.Messages[0].Draft = persona.SMS, &lead.Draft{ID: reply.Draft, State: lead.DraftWaiting, Version: 1, Body: "For 5 €, ś"}
	p = render(t, views.DraftPage(admin("Draft", "drafts"), reply))
	if want := "1 SMS part. The alphabet of SMS lacks “ś”, so a part holds 70 characters instead of 160."; !slices.Contains(p.texts("p"), want) {
		t.Errorf("no %q in %q", want, p.texts("p"))
	}
}
