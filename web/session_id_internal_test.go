package web

import (
	"strings"
	"testing"

	"github.com/gorilla/securecookie"
)

// TestSessionsOfOlderProgramsGoOn reads ids as older programs wrote them, and has those read ours.
func TestSessionsOfOlderProgramsGoOn(t *testing.T) {
	t.Parallel()
	made, err := newID()
	if err != nil {
		t.Fatal(err)
	}
	older := securecookie.GobEncoder{}
	for _, id := range []string{made, "", "x", strings.Repeat("x", 124)} {
		theirs, err := older.Serialize(id)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := idCoder{}.Serialize(id)
		if err != nil || string(ours) != string(theirs) {
			t.Errorf("%q: %q, %v; want %q", id, ours, err, theirs)
		}
		var got string
		if err := (idCoder{}).Deserialize(theirs, &got); err != nil || got != id {
			t.Errorf("%q is read as %q, %v", id, got, err)
		}
	}
	whole, err := older.Serialize(made)
	if err != nil {
		t.Fatal(err)
	}
	number, err := older.Serialize(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][]byte{nil, number, whole[:20], append(whole, 'x'), []byte(strings.Repeat("x", 200))} {
		got := "before"
		if err := (idCoder{}).Deserialize(wrong, &got); err == nil || got != "before" {
			t.Errorf("%q is read as %q", wrong, got)
		}
	}
	if _, err := (idCoder{}).Serialize(strings.Repeat("x", 125)); err == nil {
		t.Error("an id is written that cannot be")
	}
}
