package views_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/views"
)

// declaredActions reads the values of the constants of type audit.Action from the
// package's source, so that a new one cannot be left out of this test.
func declaredActions(t *testing.T) []audit.Action {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "internal", "audit", "action.go"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "action.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var actions []audit.Action
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Action" {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			actions = append(actions, audit.Action(text))
		}
		return true
	})
	return actions
}

func TestEachActionHasAPhraseAndAKindToFilterBy(t *testing.T) {
	t.Parallel()
	actions := declaredActions(t)
	if len(actions) < 40 || !slices.Equal(actions, audit.Actions()) {
		t.Errorf("audit.Actions lists %v, declared are %v", audit.Actions(), actions)
	}
	german := i18n.With(t.Context(), i18n.German)
	for _, a := range actions {
		// One without a phrase is shown by its name, in whatever language.
		if said := views.Phrase(german, audit.Entry{Action: a}); said == "" || strings.EqualFold(said, strings.NewReplacer(".", " ", "_", " ").Replace(string(a))) {
			t.Errorf("%s has no phrase", a)
		}
		kind, _, _ := strings.Cut(string(a), ".")
		if kind != "outside" && kind != "demo" && !views.KnownAction(kind) {
			t.Errorf("the activity page cannot be filtered by %q", kind)
		}
	}
}

func TestAnActionOfANewerProgramIsShownByItsName(t *testing.T) {
	t.Parallel()
	if got := views.Phrase(t.Context(), audit.Entry{Action: "robot.made_coffee"}); got != "Robot made coffee" {
		t.Errorf("phrase: %q", got)
	}
}
