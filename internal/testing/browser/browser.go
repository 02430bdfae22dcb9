// Package browser drives a real Chromium as people use one: it finds what is
// on a page by its role and name in the accessibility tree, as assistive
// technology does, clicks where it is seen and types on the keyboard. So it
// works the same with JavaScript on and off, and only for tests.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"personae/internal/testing/npm"
)

// Path returns where Chromium is; empty: nowhere.
func Path() string {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// start runs one Chromium for all tests of a package. It ends with the program.
var start = sync.OnceValues(func() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(Path()), chromedp.WindowSize(1280, 900),
		// Each page runs its scripts anew, mostly once: compiling them at once takes less than interpreting them,
		// optimising what is soon gone takes longer than it saves, and with much room there is little garbage to move.
		chromedp.Flag("js-flags", "--always-sparkplug,--no-opt,--no-maglev,--min-semi-space-size=64"),
		chromedp.Flag("host-resolver-rules", "MAP console.example 127.0.0.1"))
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	browser, _ := chromedp.NewContext(allocator)
	return browser, chromedp.Do(browser)
})

// Tab is one browser window with cookies of its own.
type Tab struct {
	t      testing.TB
	ctx    context.Context
	origin string
	Script bool     // JavaScript is on
	Steps  []string // what was pressed and typed, in words

	heard    sync.Once // the accessibility tree is kept
	mu       sync.Mutex
	open     map[network.RequestID]cdp.LoaderID
	leaving  bool      // the page goes on to another
	last     time.Time // when something was last heard
	acted    time.Time // when something was last done
	reported []string
}

// Open opens a window at origin. Where there is no Chromium the test is left out.
func Open(t testing.TB, origin string, script bool) *Tab {
	t.Helper()
	return open(t, origin, script, func(context.Context, testing.TB) chromedp.ContextOption {
		return chromedp.WithNewBrowserContext()
	})
}

// OpenUndrawn opens a window whose pages are laid out, are asked what they look like and have the
// keyboard, but are never drawn, which takes a third of all that Chromium does. It knows no clicks and
// no pictures.
func OpenUndrawn(t testing.TB, origin string, script bool) *Tab {
	t.Helper()
	return open(t, origin, script, undrawn)
}

// undrawn makes a page that Chromium would draw only when told to. One that cannot, since it is
// not the headless shell, draws.
func undrawn(browser context.Context, t testing.TB) chromedp.ContextOption {
	t.Helper()
	yes, process := true, chromedp.FromContext(browser).Browser
	own, err := cdp.Call(browser, process, target.CreateBrowserContext, target.CreateBrowserContextParams{DisposeOnDetach: &yes})
	if err != nil {
		t.Fatal(err)
	}
	page, err := cdp.Call(browser, process, target.CreateTarget, target.CreateTargetParams{URL: "about:blank",
		BrowserContextID: own.BrowserContextID, EnableBeginFrameControl: &yes})
	if err != nil {
		t.Logf("what nobody sees is drawn: %v", err)
		return chromedp.WithNewBrowserContext()
	}
	return chromedp.WithTargetID(page.TargetID)
}

func open(t testing.TB, origin string, script bool, of func(context.Context, testing.TB) chromedp.ContextOption) *Tab {
	t.Helper()
	if Path() == "" {
		npm.LeftOut(t, "there is no Chromium: install it (Debian: apt-get install chromium-headless-shell)")
	}
	browser, err := start()
	if err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	ctx, cancel := chromedp.NewContext(browser, of(browser, t))
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx, origin: origin, Script: script, open: map[network.RequestID]cdp.LoaderID{},
		last: time.Now()}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, tab.hear); err != nil {
		t.Fatal(err)
	}
	call(tab, network.Enable, network.EnableParams{})
	call(tab, log.Enable, cdp.Empty{})
	call(tab, page.Enable, page.EnableParams{})
	// Several windows are open at once, and the system gives the focus to one.
	call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	tab.Switch(script)
	return tab
}

// Context returns the window's context for commands of the protocol.
func (tab *Tab) Context() context.Context { return tab.ctx }

func call[P, R any](tab *Tab, command cdp.Command[P, R], params P) R {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, 20*time.Second)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		tab.t.Fatalf("%s: %v\n%s", command.Method, err, strings.Join(tab.Steps, "\n"))
	}
	return answer
}

func (tab *Tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		tab.open[e.RequestID] = e.LoaderID
	case *network.EventLoadingFinished:
		delete(tab.open, e.RequestID)
	case *network.EventLoadingFailed:
		delete(tab.open, e.RequestID)
	case *page.EventFrameRequestedNavigation:
		tab.leaving = true
	case *page.EventFrameStoppedLoading:
		tab.leaving = false
	case *page.EventFrameNavigated:
		// What an older page still waited for is never told of again.
		maps.DeleteFunc(tab.open, func(_ network.RequestID, loader cdp.LoaderID) bool { return loader != e.Frame.LoaderID })
	case *page.EventLoadEventFired:
	case *page.EventJavascriptDialogOpening:
		// It asks whether to leave what is not saved: a test that leaves wants to. Whoever hears cannot wait.
		go func() {
			_, _ = chromedp.Call(tab.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceIntervention && strings.Contains(e.Entry.Text, "'beforeunload'") {
			return // it does not ask who has not touched the page since it came
		}
		tab.reported = append(tab.reported, fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text))
		return
	default:
		return
	}
	tab.last = time.Now()
}

// Settle waits until nothing is under way.
func (tab *Tab) Settle() {
	tab.t.Helper()
	tab.settle(150 * time.Millisecond)
}

// settle waits until nothing has been under way for so long.
func (tab *Tab) settle(still time.Duration) {
	tab.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		tab.mu.Lock()
		quiet := len(tab.open) == 0 && !tab.leaving && time.Since(tab.last) > still
		if tab.last.Before(tab.acted) {
			quiet = time.Since(tab.acted) > 700*time.Millisecond // nothing came of it, it seems
		}
		tab.mu.Unlock()
		if quiet {
			return
		}
	}
	tab.t.Fatalf("the page does not come to rest\n%s", strings.Join(tab.Steps, "\n"))
}

// stir notes that something was just done.
func (tab *Tab) stir() {
	tab.mu.Lock()
	tab.acted = time.Now()
	tab.mu.Unlock()
}

// Evaluate runs an expression of JavaScript in the page and returns its value; of
// a promise, what it comes to. Chromium does so even where the page's own script
// is off.
func Evaluate[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, time.Minute)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%.200s: %v", expression, err)
	}
	return value
}

// Show sets how pages are seen: in "light" or "dark", and whether the system
// forces its own colours on them.
func (tab *Tab) Show(scheme string, forced bool) {
	tab.t.Helper()
	colours := map[bool]string{true: "active", false: "none"}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "forced-colors", Value: colours[forced]},
		{Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// Print lets pages be seen as on paper, until Show.
func (tab *Tab) Print() {
	tab.t.Helper()
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

// Widen sets the width of the window, in CSS pixels.
func (tab *Tab) Widen(width int64) {
	tab.t.Helper()
	tab.Resize(width, 900)
}

// Resize sets the width and height of the window, in CSS pixels.
func (tab *Tab) Resize(width, height int64) {
	tab.t.Helper()
	call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height,
		DeviceScaleFactor: 1})
}

// Switch turns the page's script on or off.
func (tab *Tab) Switch(script bool) {
	tab.t.Helper()
	call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
}

// Screenshot returns a picture of the whole page, as PNG.
func (tab *Tab) Screenshot() []byte {
	tab.t.Helper()
	whole := true
	return call(tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng,
		CaptureBeyondViewport: &whole}).Data
}

// spoken reads the page's content to its end as a screen reader would.
const spoken = `(async () => {
	const virtual = globalThis.virtualScreenReader;
	await virtual.start({container: document.querySelector("main")});
	for (let n = 0; n < 600; n++) {
		await virtual.next();
		const last = await virtual.lastSpokenPhrase();
		if (last === "end of main") break;
	}
	const log = await virtual.spokenPhraseLog();
	await virtual.stop();
	return log;
})()`

// Spoken returns what a screen reader says of the page's content, a phrase a line.
func (tab *Tab) Spoken() string {
	tab.t.Helper()
	source := Module(tab.t, "@guidepup/virtual-screen-reader/lib/esm/index.browser.js")
	// A module could only be imported past the page's content policy.
	export := regexp.MustCompile(`export\{(?:[^}]*,)?([^ ,}]+) as virtual\}`)
	if !export.MatchString(source) {
		tab.t.Fatal("the screen reader exports no virtual")
	}
	source = export.ReplaceAllString(source, "globalThis.virtualScreenReader = $1")
	tab.Switch(true)
	defer tab.Switch(tab.Script)
	Evaluate[bool](tab, "(() => {"+source+"\n})(); true")
	return strings.Join(Evaluate[[]string](tab, spoken), "\n") + "\n"
}

// Module returns the source of a file of an npm package that the checks use. Where
// there is none the test is left out.
func Module(t testing.TB, path string) string {
	t.Helper()
	npm.Needs(t, module(path))
	source, err := os.ReadFile(module(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// Node returns the command that runs a file of such a package. Where there is no
// Node, or no such file, the test is left out.
func Node(t testing.TB, path string, args ...string) *exec.Cmd {
	t.Helper()
	return npm.Command(t, module(path), args...)
}

func module(path string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "node_modules", path)
}

// Reported returns what the browser complained of, such as a breach of the
// content security policy, since the last call.
func (tab *Tab) Reported() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	list := tab.reported
	tab.reported = nil
	return list
}

// Get opens a path.
func (tab *Tab) Get(path string) {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "open "+path)
	tab.stir()
	tab.mu.Lock()
	tab.leaving = true // until it has loaded
	tab.mu.Unlock()
	call(tab, page.Navigate, page.NavigateParams{URL: tab.origin + path})
	tab.settle(50 * time.Millisecond)
}

// Path returns the path of the page.
func (tab *Tab) Path() string {
	tab.t.Helper()
	history := call(tab, page.GetNavigationHistory, cdp.Empty{})
	return strings.TrimPrefix(history.Entries[history.CurrentIndex].URL, tab.origin)
}

// Leaves waits until the window shows another page than that of a path.
func (tab *Tab) Leaves(path string) {
	tab.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); tab.Path() == path; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			tab.t.Fatalf("%s is not left after %s:\n%s", path, strings.Join(tab.Steps, "; "), tab.Text())
		}
	}
}

// Title returns the page's title.
func (tab *Tab) Title() string {
	tab.t.Helper()
	return text(tab.tree()[0].Name)
}

// Back goes back in the window's history.
func (tab *Tab) Back() {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "go back")
	history := call(tab, page.GetNavigationHistory, cdp.Empty{})
	tab.stir()
	call(tab, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID})
	tab.Settle()
}

// Reload loads the page again, and sends a form again if that is how it came.
func (tab *Tab) Reload() {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "reload")
	tab.stir()
	call(tab, page.Reload, page.ReloadParams{})
	tab.Settle()
}

// tree has Chromium keep the accessibility tree from the first time on: where
// nobody asks for it, that takes a tenth of all that Chromium does.
func (tab *Tab) tree() []*accessibility.Node {
	tab.t.Helper()
	tab.heard.Do(func() { call(tab, accessibility.Enable, cdp.Empty{}) })
	return call(tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
}

func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) != nil {
		return string(v.Value)
	}
	return s
}

func property(n *accessibility.Node, name accessibility.PropertyName) string {
	for _, p := range n.Properties {
		if p.Name == name {
			return text(p.Value)
		}
	}
	return ""
}

// patience is how long something is waited for that is to be on a page.
const patience = 10 * time.Second

// named returns what is on the page with a role out of roles and the name.
func (tab *Tab) named(name string, roles []string) (found []*accessibility.Node) {
	tab.t.Helper()
	for _, n := range tab.tree() {
		if !n.Ignored && strings.Join(strings.Fields(text(n.Name)), " ") == name && slices.Contains(roles, text(n.Role)) {
			found = append(found, n)
		}
	}
	return found
}

// find returns the one thing on the page with a role out of roles and the name. It
// waits for a page that is still being laid out.
func (tab *Tab) find(name string, roles ...string) *accessibility.Node {
	tab.t.Helper()
	found := tab.named(name, roles)
	for begun := time.Now(); len(found) != 1 && time.Since(begun) < patience; found = tab.named(name, roles) {
		time.Sleep(100 * time.Millisecond)
	}
	if len(found) != 1 {
		tab.t.Fatalf("%s has %d of %q %v\nafter: %s\n\n%s", tab.Path(), len(found), name, roles,
			strings.Join(tab.Steps, "; "), tab.Outline())
	}
	return found[0]
}

// Has reports whether the page has something with the role and name.
func (tab *Tab) Has(role, name string) bool {
	tab.t.Helper()
	for _, n := range tab.tree() {
		if !n.Ignored && text(n.Role) == role && text(n.Name) == name {
			return true
		}
	}
	return false
}

// Press clicks a button or link by its name.
func (tab *Tab) Press(name string) {
	tab.t.Helper()
	tab.click(name, 1, "button", "link")
	tab.Settle()
}

// Unfold opens what is folded under a summary, by its name.
func (tab *Tab) Unfold(name string) {
	tab.t.Helper()
	tab.click(name, 1, "DisclosureTriangle")
}

// PressAndGo clicks, does not wait for what follows and returns what clicks there
// again: while an answer is awaited, Chromium does not tell what is on the page.
func (tab *Tab) PressAndGo(name string) (again func()) {
	tab.t.Helper()
	return tab.click(name, 1, "button", "link")
}

// PressTwice clicks twice, as the impatient do.
func (tab *Tab) PressTwice(name string) {
	tab.t.Helper()
	tab.click(name, 2, "button", "link")
	tab.Settle()
}

// Tick clicks a box or a choice by its name.
func (tab *Tab) Tick(name string) {
	tab.t.Helper()
	tab.click(name, 1, "checkbox", "radio")
}

func (tab *Tab) click(name string, times int, roles ...string) (again func()) {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "press "+name)
	node := tab.find(name, roles...)
	call(tab, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node.BackendDOMNodeID})
	quads := call(tab, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node.BackendDOMNodeID}).Quads
	if len(quads) == 0 {
		tab.t.Fatalf("%q cannot be seen", name)
	}
	q := quads[0]
	x, y := (q[0]+q[4])/2, (q[1]+q[5])/2
	once := func() {
		for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed,
			input.DispatchMouseEventTypeMouseReleased} {
			call(tab, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y,
				Button: input.MouseButtonLeft, ClickCount: 1})
		}
	}
	tab.stir()
	for range times {
		once()
	}
	tab.stir()
	return once
}

// Type replaces what is in a field, found by its label.
func (tab *Tab) Type(label, words string) {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "type into "+label)
	node := tab.find(label, "textbox", "searchbox", "spinbutton")
	call(tab, dom.Focus, dom.FocusParams{BackendNodeID: node.BackendDOMNodeID})
	tab.chord("a", "KeyA", 65, 2, "selectAll")
	tab.Key("Delete")
	if words != "" {
		call(tab, input.InsertText, input.InsertTextParams{Text: words})
	}
}

// Paste puts what was copied into a field, found by its label.
func (tab *Tab) Paste(label string) {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "paste into "+label)
	node := tab.find(label, "textbox", "searchbox")
	call(tab, dom.Focus, dom.FocusParams{BackendNodeID: node.BackendDOMNodeID})
	tab.chord("v", "KeyV", 86, 2, "paste")
}

// Choose picks an option in a list, both found by their names.
func (tab *Tab) Choose(label, option string) {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "choose "+option+" in "+label)
	node := tab.find(label, "combobox", "listbox")
	call(tab, dom.Focus, dom.FocusParams{BackendNodeID: node.BackendDOMNodeID})
	for _, r := range option {
		call(tab, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeChar, Text: string(r)})
	}
	if got := text(tab.find(label, "combobox", "listbox").Value); got != option {
		tab.t.Fatalf("%q is on %q, not on %q", label, got, option)
	}
}

// Value returns what stands in a field.
func (tab *Tab) Value(label string) string {
	tab.t.Helper()
	return text(tab.find(label, "textbox", "searchbox", "combobox").Value)
}

// Key presses a key: Tab, Enter or Delete.
func (tab *Tab) Key(name string) {
	tab.t.Helper()
	switch name {
	case "Tab":
		tab.chord("Tab", "Tab", 9, 0, "")
	case "Enter":
		tab.Steps = append(tab.Steps, "press the Enter key")
		tab.chord("Enter", "Enter", 13, 0, "")
	case "Delete":
		tab.chord("Delete", "Delete", 46, 0, "")
	default:
		tab.t.Fatalf("unknown key %q", name)
	}
}

// HoldEnter keeps the Enter key down for a time, as a keyboard repeats it.
func (tab *Tab) HoldEnter(long time.Duration) {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "hold the Enter key down")
	repeated := true
	key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: "Enter", Code: "Enter",
		WindowsVirtualKeyCode: 13}
	tab.stir()
	for begun := time.Now(); time.Since(begun) < long; time.Sleep(30 * time.Millisecond) {
		call(tab, input.DispatchKeyEvent, key)
		call(tab, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeChar, Text: "\r",
			AutoRepeat: key.AutoRepeat})
		key.AutoRepeat = &repeated
	}
	key.Type = input.DispatchKeyEventTypeKeyUp
	tab.stir()
	call(tab, input.DispatchKeyEvent, key)
	tab.Settle()
}

// Slash presses the key that types a slash.
func (tab *Tab) Slash() {
	tab.t.Helper()
	tab.Steps = append(tab.Steps, "press /")
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		call(tab, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "/", Code: "Slash", Text: "/"})
	}
}

// Tabs presses Tab so many times.
func (tab *Tab) Tabs(times int) {
	tab.t.Helper()
	down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: "Tab", Code: "Tab",
		WindowsVirtualKeyCode: 9}
	tab.stir()
	for range times {
		call(tab, input.DispatchKeyEvent, down)
	}
	down.Type = input.DispatchKeyEventTypeKeyUp
	call(tab, input.DispatchKeyEvent, down)
}

func (tab *Tab) chord(key, code string, number int64, modifiers int64, command string) {
	tab.t.Helper()
	down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: key, Code: code,
		WindowsVirtualKeyCode: number, Modifiers: modifiers}
	if command != "" {
		down.Commands = []string{command}
	}
	tab.stir()
	call(tab, input.DispatchKeyEvent, down)
	if key == "Enter" {
		call(tab, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeChar, Text: "\r"})
	}
	call(tab, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key,
		Code: code, WindowsVirtualKeyCode: number, Modifiers: modifiers})
}

// Focused returns role and name of what has the focus, such as "button: Undo".
func (tab *Tab) Focused() string {
	tab.t.Helper()
	focused := ""
	for _, n := range tab.tree() {
		if property(n, "focused") == "true" && text(n.Role) != "RootWebArea" {
			focused = text(n.Role) + ": " + text(n.Name)
		}
	}
	return focused
}

// Says fails unless the page's words hold each of these.
func (tab *Tab) Says(words ...string) {
	tab.t.Helper()
	all := tab.Text()
	for _, w := range words {
		if !strings.Contains(all, w) {
			tab.t.Errorf("%s does not say %q after %s:\n%s", tab.Path(), w, strings.Join(tab.Steps, "; "), all)
		}
	}
}

// Awaits waits until the page's words hold these.
func (tab *Tab) Awaits(words string) {
	tab.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if strings.Contains(tab.Text(), words) {
			return
		}
	}
	tab.t.Fatalf("%s does not come to say %q:\n%s", tab.Path(), words, tab.Text())
}

// Text returns the words of the page as assistive technology has them, with
// single spaces.
func (tab *Tab) Text() string {
	tab.t.Helper()
	var words []string
	for _, n := range tab.tree() {
		if !n.Ignored && (text(n.Role) == "StaticText") {
			words = append(words, text(n.Name))
		}
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// Outline returns the accessibility tree in lines: role, name, description and
// states, indented by depth. It is the same with JavaScript on and off. Updates of
// Chromium differ in whether a form without a name is in the tree and gives its
// words to the cell around it, so neither such a form nor a cell's name is told.
func (tab *Tab) Outline() string {
	tab.t.Helper()
	nodes := tab.tree()
	byID := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range nodes {
		byID[n.NodeID] = n
	}
	var b strings.Builder
	var walk func(id accessibility.NodeID, depth int)
	walk = func(id accessibility.NodeID, depth int) {
		n := byID[id]
		if n == nil {
			return
		}
		role, name := text(n.Role), text(n.Name)
		if !n.Ignored && role != "InlineTextBox" && role != "generic" && role != "none" && role != "ListMarker" &&
			(role != "form" || name != "") {
			b.WriteString(strings.Repeat("  ", depth) + role)
			if name != "" && role != "cell" {
				fmt.Fprintf(&b, " %q", name)
			}
			if d := text(n.Description); d != "" {
				fmt.Fprintf(&b, " described %q", d)
			}
			for _, p := range []accessibility.PropertyName{"level", "invalid", "checked", "focused"} {
				if v := property(n, p); v != "" && v != "false" && (role != "RootWebArea" || p != "focused") {
					fmt.Fprintf(&b, " %s=%s", p, v)
				}
			}
			b.WriteByte('\n')
			depth++
		}
		for _, child := range n.ChildIDs {
			walk(child, depth)
		}
	}
	if len(nodes) > 0 {
		walk(nodes[0].NodeID, 0)
	}
	return b.String()
}
