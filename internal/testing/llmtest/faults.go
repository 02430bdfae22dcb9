package llmtest

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"personae/internal/llm"
)

// Fault is a way in which a model service fails, and what a reader of it must
// make of that.
type Fault struct {
	Name    string
	Reply   Reply         // to every request
	Timeout time.Duration // of the client; 0: long enough
	Want    llm.Error
	Tries   int // how often the service is asked; 0: once
}

// Faults lists every fault, with text as what the service would have answered.
func Faults(text string) []Fault {
	const short = 300 * time.Millisecond
	half := text[:len(text)/2]
	return []Fault{
		{Name: "slow", Reply: Slow(time.Minute, Answer(text)), Timeout: short, Want: llm.Error{Fault: llm.Timeout}},
		{Name: "stalls half-way", Reply: Stalls(half), Timeout: short, Want: llm.Error{Fault: llm.Timeout}},
		{Name: "out of tokens", Reply: Ended(half, "length"), Want: llm.Error{Fault: llm.Half}},
		{Name: "ends without a reason", Reply: Ended(text, ""), Want: llm.Error{Fault: llm.Half}},
		{Name: "connection cut", Reply: Cut(half), Want: llm.Error{Fault: llm.Half}},
		{Name: "stops half-way", Reply: Stops(half), Want: llm.Error{Fault: llm.Half}},
		{Name: "429 for longer than the timeout", Reply: Fails(http.StatusTooManyRequests, "rate_limit_exceeded", "60"),
			Want: llm.Error{Fault: llm.Busy, Status: 429, Code: "rate_limit_exceeded", RetryAfter: time.Minute}},
		{Name: "429 for ever", Reply: Fails(http.StatusTooManyRequests, "", "1e300"),
			Want: llm.Error{Fault: llm.Busy, Status: 429, RetryAfter: 24 * time.Hour}},
		{Name: "429 that never ends", Reply: Fails(http.StatusTooManyRequests, "", "0"),
			Want: llm.Error{Fault: llm.Busy, Status: 429}, Tries: 4},
		{Name: "500", Reply: Fails(http.StatusInternalServerError, "two words", "0"),
			Want: llm.Error{Fault: llm.Busy, Status: 500}, Tries: 4},
		{Name: "502 as a page", Reply: Raw(http.StatusBadGateway, "text/html", "<h1>Bad gateway</h1>"),
			Want: llm.Error{Fault: llm.Busy, Status: 502}, Tries: 4},
		{Name: "401", Reply: Fails(http.StatusUnauthorized, "invalid_api_key", ""),
			Want: llm.Error{Fault: llm.Rejected, Status: 401, Code: "invalid_api_key"}},
		{Name: "404 as a page", Reply: Raw(http.StatusNotFound, "text/html", "<h1>Not found</h1>"),
			Want: llm.Error{Fault: llm.Rejected, Status: 404}},
		{Name: "a page", Reply: Raw(http.StatusOK, "text/html", "<h1>Welcome</h1>"), Want: llm.Error{Fault: llm.NotJSON}},
		{Name: "not JSON", Reply: Raw(http.StatusOK, "application/json", "Sure! "+text), Want: llm.Error{Fault: llm.NotJSON}},
		{Name: "nothing", Reply: Raw(http.StatusOK, "application/json", ""), Want: llm.Error{Fault: llm.NotJSON}},
		{Name: "JSON of something else", Reply: Raw(http.StatusOK, "application/json", `{"status":"ok"}`),
			Want: llm.Error{Fault: llm.NotJSON}},
		{Name: "a list", Reply: Raw(http.StatusOK, "application/json", `["a"]`), Want: llm.Error{Fault: llm.NotJSON}},
		{Name: "empty", Reply: Answer(""), Want: llm.Error{Fault: llm.Empty}},
		{Name: "blank", Reply: Answer(" \n\x00\t"), Want: llm.Error{Fault: llm.Empty}},
		{Name: "refusal", Reply: Refusal(), Want: llm.Error{Fault: llm.Declined}},
		{Name: "filtered", Reply: Ended(half, "content_filter"), Want: llm.Error{Fault: llm.Declined}},
		{Name: "huge", Reply: Huge(), Want: llm.Error{Fault: llm.TooLarge}},
		{Name: "the prompt's key told", Reply: func(w http.ResponseWriter, r *http.Request,
			a Asked) {
			Answer(text+" "+a.Key())(w, r, a)
		},
			Want: llm.Error{Fault: llm.WrongForm}},
	}
}

// Check fails the test unless err is the fault and s was asked as often as it
// should, and where err tells a word of the service.
func (f Fault) Check(t testing.TB, s *Server, err error) {
	t.Helper()
	var got *llm.Error
	if !errors.As(err, &got) {
		t.Fatalf("the error is %v, not %v", err, &f.Want)
	}
	if *got != f.Want {
		t.Errorf("the error is %+v, not %+v", *got, f.Want)
	}
	if retryable := !slices.Contains([]llm.Fault{llm.Rejected, llm.Declined, llm.NotJSON, llm.TooLarge},
		got.Fault); got.Retryable() != retryable {
		t.Errorf("retryable: %t", got.Retryable())
	}
	if strings.Contains(err.Error(), "secret") || err.Error() == "" {
		t.Errorf("the error's text is %q", err)
	}
	if tries := len(s.Asked()); tries != max(1, f.Tries) {
		t.Errorf("the model was asked %d times, not %d", tries, max(1, f.Tries))
	}
}
