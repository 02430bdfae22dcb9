package persona

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Question is one of the qualification questions of a workspace. They are kept as
// lines of text; older programs keep them as JSON.
type Question struct {
	ID       string // an older program's; empty: none
	Text     string // one line
	Required bool
}

// ParseQuestions returns the questions of a text that older programs wrote: JSON, a
// list of objects with id, question and required, or of texts. Of JSON that ends too
// early it returns those that are whole, and that it is broken. It returns none where
// the text is no such JSON.
func ParseQuestions(text string) (list []Question, broken bool) {
	in := json.NewDecoder(strings.NewReader(text))
	if start, err := in.Token(); err != nil || start != json.Delim('[') {
		return nil, false
	}
	for in.More() {
		var one json.RawMessage
		if err := in.Decode(&one); err != nil {
			return list, true
		}
		var q struct {
			ID       any
			Question string
			Required any
		}
		if json.Unmarshal(one, &q.Question) != nil && json.Unmarshal(one, &q) != nil {
			continue
		}
		if line := strings.Join(strings.Fields(q.Question), " "); line != "" {
			id, _ := q.ID.(string)
			list = append(list, Question{ID: strings.TrimSpace(id), Text: line, Required: q.Required == true})
		}
	}
	_, err := in.Token()
	return list, err != nil
}

// QuestionLines returns the questions of a text as lines. What is no JSON of an older
// program is lines already.
func QuestionLines(text string) string {
	list, _ := ParseQuestions(text)
	switch {
	case len(list) > 0:
		lines := make([]string, len(list))
		for i, q := range list {
			lines[i] = q.Text
		}
		return strings.Join(lines, "\n")
	case strings.Join(strings.Fields(text), "") == "[]":
		return ""
	}
	return text
}

// FitQuestions returns the lines of a text that all together have no more characters
// than limit, each whole, and how many were left out.
func FitQuestions(text string, limit int) (fitted string, leftOut int) {
	var kept []string
	length := -1
	for line := range strings.SplitSeq(text, "\n") {
		if n := 1 + utf8.RuneCountInString(line); length+n <= limit {
			kept = append(kept, line)
			length += n
		} else {
			leftOut++
		}
	}
	return Clean(strings.Join(kept, "\n")), leftOut
}
