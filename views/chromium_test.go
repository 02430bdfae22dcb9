package views_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"personae/internal/i18n"
	"personae/internal/testing/browser"
	"personae/static"
)

var (
	screenshots = flag.String("screenshots", "", "folder for pictures of every page in light and dark, which TestEveryPageIsForEveryone takes")
	language    = flag.String("language", "en", "language of the pages that TestEveryPageIsForEveryone looks at")
	only        = flag.String("pages", "", "regular expression of the pages that TestEveryPageIsForEveryone looks at; empty: all")
)

// inGermanToo are pages with much in little room, where longer words stick out first.
var inGermanToo = []string{"personas-many", "persona-edit", "persona-conflict", "campaigns-page", "activity", "settings", "members", "outcomes",
	"drafts", "draft", "lead", "account", "proposals"}

// htmx matches what only a build with htmx has in the head of a page.
var htmx = regexp.MustCompile(`<meta name="htmx-config"[^>]*>|<script src="/static/(htmx|app)\.[^>]*></script>`)

// plainly is the path under which gallery serves pages as a build without htmx does.
const plainly = "/without-htmx/"

// gallery serves every page in every state under its name, as strictly as the
// console does. It returns which of them have a script without htmx too.
func gallery(t *testing.T) (origin string, names []string, scripted map[string]bool) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	sources := map[string]string{}
	for name, c := range pages() {
		sources[name] = sourceIn(t, i18n.Language(*language), c)
		if slices.Contains(inGermanToo, name) {
			sources[name+"-in-german"] = sourceIn(t, i18n.German, c)
		}
	}
	scripted = map[string]bool{}
	for name, source := range sources {
		plain := htmx.ReplaceAllString(source, "")
		scripted[name] = strings.Count(plain, "<script") > 1 // page.js is on each
		for path, source := range map[string]string{"/" + name: source, plainly + name: plain} {
			mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write([]byte(source))
			})
		}
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, slices.Sorted(maps.Keys(sources)), scripted
}

// twoWindows does check for every name, in two windows at once. Only for a picture need a page be drawn.
func twoWindows(t *testing.T, origin string, script bool, names []string, check func(tab *browser.Tab, name string)) {
	t.Helper()
	queue := make(chan string, len(names))
	for _, name := range names {
		queue <- name
	}
	close(queue)
	open := browser.OpenUndrawn
	if *screenshots != "" {
		open = browser.Open
	}
	var windows sync.WaitGroup
	for range 2 {
		tab := open(t, origin, script)
		windows.Go(func() {
			for name := range queue {
				check(tab, name)
			}
		})
	}
	windows.Wait()
}

// What axe looks for: in light all that it has for WCAG up to AAA and for good
// practice; in other colours, which are all that our style changes there, what
// depends on them.
const (
	axeAll     = `["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	axeColours = `["color-contrast", "color-contrast-enhanced", "link-in-text-block"]`
)

// hues returns in which colours the page's words stand on what, each once: all that axe's rules
// of colours go by, but for what lies over what, which is the same in light.
const hues = `(() => {
	const seen = new Map(), found = new Set();
	const ground = e => {
		if (!e) return "";
		if (!seen.has(e)) {
			const s = getComputedStyle(e), own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode].join();
			seen.set(e, (/^rgba\(\d+, \d+, \d+, 0\),none,1,none,normal$/.test(own) ? "" : own + " on ") + ground(e.parentElement));
		}
		return seen.get(e);
	};
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim()) && !e.matches("input, select, textarea")) continue;
		const s = getComputedStyle(e), around = getComputedStyle(e.parentElement);
		found.add([e.localName === "a", s.color, s.fontSize, s.fontWeight, s.textDecorationLine, s.textShadow, s.borderBottomStyle, e.disabled, around.color, ground(e)].join());
	}
	return [...found];
})()`

// newHues reports whether a page has colours that it has not heard of before, in a mode.
type newHues struct {
	mu    sync.Mutex
	heard map[string]bool
}

func (h *newHues) of(tab *browser.Tab, mode string) (any bool) {
	list := browser.Evaluate[[]string](tab, hues)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, hue := range list {
		any = any || !h.heard[mode+hue]
		h.heard[mode+hue] = true
	}
	return any
}

// axeRun returns what is wrong on the page or could not be decided.
const axeRun = `axe.run(document, {resultTypes: ["violations", "incomplete"], runOnly: %s})
	.then(r => [...r.violations, ...r.incomplete].map(v => v.id + ": " + v.nodes.map(n => n.target + " " + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? "")).slice(0, 3).join("; ")))`

// TestEveryPageIsForEveryone looks at every page in every state with JavaScript
// off and on: axe in light, dark and forced colours, the width and the spacing
// of text in wide and narrow windows, and where Tab leads. It looks too at pages as
// a build without htmx has them, where they have a script of their own; elsewhere
// they are as with JavaScript off. Where a page is the same as before, or has no colour
// that others had not, axe is not asked the same again.
func TestEveryPageIsForEveryone(t *testing.T) {
	t.Parallel()
	axe := browser.Module(t, "axe-core/axe.min.js")
	origin, names, scripted := gallery(t)
	fresh := newHues{heard: map[string]bool{}}
	wanted := regexp.MustCompile(*only)
	names = slices.DeleteFunc(names, func(name string) bool { return !wanted.MatchString(name) })
	twoWindows(t, origin, false, names, func(tab *browser.Tab, name string) {
		looked := map[string]bool{}
		for _, state := range []struct {
			path         string
			script, look bool
		}{{"/" + name, false, true}, {"/" + name, true, true}, {plainly + name, true, scripted[name]}} {
			if !state.look {
				continue
			}
			script := state.script
			tab.Switch(script)
			tab.Get(state.path)
			tab.Switch(true)
			page := browser.Evaluate[string](tab, bare)
			if looked[page] {
				continue
			}
			looked[page] = true
			// At the end of the page nothing lies beneath the bar that keeps a button in reach.
			browser.Evaluate[bool](tab, axe+"; scrollTo(0, document.documentElement.scrollHeight); true")
			for _, mode := range []struct {
				scheme string
				forced bool
				rules  string
			}{{"light", false, axeAll}, {"dark", false, axeColours}, {"light", true, axeColours}} {
				tab.Show(mode.scheme, mode.forced)
				if *screenshots != "" && !script && !mode.forced {
					if err := os.WriteFile(filepath.Join(*screenshots, name+"-"+mode.scheme+".png"), tab.Screenshot(),
						0o600); err != nil {
						t.Error(err)
					}
				}
				if mode.rules == axeColours && !fresh.of(tab, fmt.Sprint(mode.scheme, mode.forced)) {
					continue
				}
				if found := browser.Evaluate[[]string](tab, fmt.Sprintf(axeRun, mode.rules)); len(found) > 0 {
					t.Errorf("%s, script %t, %s, forced colours %t:\n%s", state.path, script, mode.scheme, mode.forced,
						strings.Join(found, "\n"))
				}
			}
			tab.Show("light", false)
			tab.Tabs(browser.Evaluate[int](tab, walk))
			if wrong := browser.Evaluate[[]string](tab, `walked()`); len(wrong) > 0 {
				t.Errorf("%s:\n%s", name, strings.Join(wrong, "\n"))
			}
			for _, width := range []int64{1280, 1024, 768, 320} {
				tab.Widen(width)
				if wrong := browser.Evaluate[[]string](tab, fits); len(wrong) > 0 {
					t.Errorf("%s at %d px: %s", name, width, strings.Join(wrong, "; "))
				}
			}
			tab.Widen(1280)
		}
		if said := tab.Reported(); len(said) > 0 {
			t.Errorf("%s: the browser complains: %q", name, said)
		}
	})
}

// bare returns the page as it stands, but for its scripts.
const bare = `(() => {
	const page = document.documentElement.cloneNode(true);
	page.querySelectorAll("head script, head [name=htmx-config]").forEach(e => e.remove());
	return page.outerHTML;
})()`

// fits returns what is wider than the window, a beginning that is not in the first
// third of a phone's, a table that is none though there is room, an event that takes more than
// a line of a wide window, and the text that is cut off when somebody sets more space between its
// letters, words and lines. An excerpt (.short) is cut off by design, and so is an event, whose
// details have all of it; the head of a table is only heard there; what Tab leads to is scrolled
// with the keyboard.
const fits = `(() => {
	const sheet = new CSSStyleSheet();
	const wide = () => [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".vh, .skip")).slice(0, 3).map(e => e.tagName + "." + e.className + " to " + Math.round(e.getBoundingClientRect().right));
	const wrong = [];
	if (document.documentElement.scrollWidth > innerWidth) wrong.push("wide: " + wide());
	const begins = document.querySelector(".receipt, .errors, h1").getBoundingClientRect().top + scrollY;
	if (innerWidth < 768 && begins > 640 / 3) wrong.push("begins at " + Math.round(begins) + " px");
	if (innerWidth >= 768 && [...document.querySelectorAll("table")].some(e => getComputedStyle(e).display !== "table")) wrong.push("a table is none");
	if (innerWidth >= 1280 && [...document.querySelectorAll(".log > li")].some(e => e.offsetHeight > 64)) wrong.push("an event takes more than a line");
	sheet.replaceSync("* { letter-spacing: .12em !important; word-spacing: .16em !important; line-height: 1.5 !important } p { margin-block-end: 2em !important }");
	document.adoptedStyleSheets = [sheet];
	if (document.documentElement.scrollWidth > innerWidth) wrong.push("wide when spaced: " + wide());
	for (const e of document.querySelectorAll("main *")) {
		if (!e.closest(".vh, .short, .log > li > :is(h3, p), thead, textarea, input, select, svg, [tabindex='0']") && getComputedStyle(e).overflow !== "visible" && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)) wrong.push("cut off: " + e.tagName + "." + e.className);
	}
	document.adoptedStyleSheets = [];
	return wrong;
})()`

// walk lists what Tab has to stop at, in this order (a group of choices is one
// stop), and notes before each press where the focus is and what a person could
// there not see or not hit. It returns how many presses lead once around, and ten
// more: a busy Chromium drops a press now and then.
const walk = `(() => {
	const one = e => e.type !== "radio" || e === (document.querySelector("input[type=radio][name='" + e.name + "']:checked") ?? document.querySelector("input[type=radio][name='" + e.name + "']"));
	const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(e => e.tabIndex >= 0 && !e.disabled && e.type !== "hidden" && e.checkVisibility() && one(e));
	const name = e => e === undefined ? "nothing" : e.tagName + " " + (e.textContent.trim() || e.name || e.id).slice(0, 40);
	const visited = [], wrong = [];
	document.addEventListener("keydown", () => {
		const e = document.activeElement;
		if (e === document.body || e.tabIndex < 0 || e === visited.at(-1)) return; // a day has three fields
		visited.push(e);
		const box = e.getBoundingClientRect(), line = e.getClientRects()[0], style = getComputedStyle(e);
		const top = document.elementFromPoint((line.left + line.right) / 2, (Math.max(line.top, 0) + Math.min(line.bottom, innerHeight)) / 2);
		if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push(name(e) + " has no outline");
		if (box.width < 24 || box.height < 24) wrong.push(name(e) + " is " + Math.round(box.width) + "×" + Math.round(box.height));
		if (!e.contains(top)) wrong.push(name(e) + " is covered by " + (top ? name(top) : "the edge of the window"));
	});
	globalThis.walked = () => {
		const first = stops.indexOf(visited[0]);
		for (let n = 0; n <= stops.length && wrong.length < 5; n++) {
			const due = stops[(first + n) % stops.length];
			if (visited[n] !== due) wrong.push("Tab comes to " + name(visited[n]) + " and not to " + name(due));
		}
		return wrong;
	};
	return stops.length + 12 + 5 * stops.filter(e => e.type === "date").length + 9 * stops.filter(e => e.type === "datetime-local").length;
})()`

func TestEveryPageIsValidHTML(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	validate := browser.Node(t, "html-validate/bin/html-validate.mjs", "--formatter", "json", dir)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range pages() {
		write(name+".html", sourceIn(t, i18n.English, c))
	}
	// Safari drops the roles of a table that is set as blocks, as ours are on
	// narrow screens, so they are named again. Boxes of one name are one field with
	// several values.
	write(".htmlvalidate.json", `{"root": true, "extends": ["html-validate:recommended", "html-validate:a11y", "html-validate:document"],
		"rules": {"heading-level": ["error", {"minInitialRank": "h2"}], "no-trailing-whitespace": "off", "void-style": "off", "long-title": "off", "doctype-style": "off",
		"no-redundant-role": "off", "attribute-boolean-style": "off", "attribute-empty-style": "off", "no-inline-style": "error", "require-sri": "off",
		"form-dup-name": ["error", {"shared": ["radio", "checkbox", "button", "reset", "submit"]}], "no-raw-characters": "off"}}`)
	// Node leaves before all is written where it writes to a pipe.
	found, err := os.Create(filepath.Join(dir, "found.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	validate.Stdout = found
	if err = validate.Run(); err == nil {
		return
	}
	out, readErr := os.ReadFile(found.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	var files []struct {
		FilePath string
		Messages []struct {
			RuleID, Message string
			Line            int
		}
	}
	if jsonErr := json.Unmarshal(out, &files); jsonErr != nil {
		t.Fatalf("%v: %v\n%.2000s", err, jsonErr, out)
	}
	for _, f := range files {
		for _, m := range f.Messages {
			t.Errorf("%s:%d: %s: %s", filepath.Base(f.FilePath), m.Line, m.RuleID, m.Message)
		}
	}
}

func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	css, scripts := asset(t, "app.css"), asset(t, "htmx.js")+asset(t, "app.js")+asset(t, "page.js")
	for name, c := range pages() {
		// German says the same in some 6% more, with the words of its scripts.
		for l, most := range map[i18n.Language]struct{ plain, all int }{i18n.English: {10_240, 30_720}, i18n.German: {10_912, 31_232}} {
			plain := squeezed(t, sourceIn(t, l, c)) + css
			if plain > most.plain || plain+scripts > most.all {
				t.Errorf("%s in %s: %d bytes compressed with its style, %d with scripts too", name, l, plain, plain+scripts)
			}
		}
	}
}

// squeezers are kept, since each is made with more than a megabyte.
var squeezers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func squeezed(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	w := squeezers.Get().(*gzip.Writer)
	defer squeezers.Put(w)
	w.Reset(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

func asset(t *testing.T, name string) int {
	t.Helper()
	if static.Path(name) == "" {
		return 0 // built without htmx
	}
	answer := httptest.NewRecorder()
	static.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, static.Path(name), nil))
	return squeezed(t, answer.Body.String())
}
