package llm_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"personae/internal/config"
	"personae/internal/llm"
	"personae/internal/testing/llmtest"
)

func TestNoAddressIsNoClient(t *testing.T) {
	t.Parallel()
	if llm.New(config.LLM{Model: "m", Timeout: time.Second}) != nil {
		t.Error("a client was made without an address")
	}
}

// The service refuses a request with another key or with an organization.
func TestOpenAIsOwnVariablesAreNotRead(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
	t.Setenv("OPENAI_API_KEY", "theirs")
	t.Setenv("OPENAI_ADMIN_KEY", "theirs")
	t.Setenv("OPENAI_ORG_ID", "theirs")
	t.Setenv("OPENAI_PROJECT_ID", "theirs")
	t.Setenv("OPENAI_CUSTOM_HEADERS", "OpenAI-Project: theirs")
	s := llmtest.Start(t, llmtest.Answer("Yes."))
	text, err := llm.New(s.LLM()).Ask(t.Context(), llm.Prompt{Rules: "Answer.", Data: "?", MaxTokens: 10})
	if err != nil || text != "Yes." {
		t.Errorf("%q, %v", text, err)
	}
}

func TestWaitGivenAsADateIsTold(t *testing.T) {
	t.Parallel()
	at := time.Now().Add(time.Hour).UTC()
	s := llmtest.Start(t, llmtest.Fails(http.StatusServiceUnavailable, "", at.Format(http.TimeFormat)))
	_, err := llm.New(s.LLM()).Ask(t.Context(), llm.Prompt{Rules: "Answer.", MaxTokens: 10})
	var fault *llm.Error
	if !errors.As(err, &fault) || fault.Fault != llm.Busy || fault.RetryAfter < 59*time.Minute-30*time.Second ||
		fault.RetryAfter > time.Hour || len(s.Asked()) != 1 {
		t.Errorf("%+v, asked %d times", err, len(s.Asked()))
	}
}

func TestTriesTakeNoLongerTogetherThanTheTimeout(t *testing.T) {
	t.Parallel()
	s := llmtest.Start(t, llmtest.Fails(http.StatusServiceUnavailable, "", "1"))
	c := s.LLM()
	c.Timeout = 2500 * time.Millisecond
	_, err := llm.New(c).Ask(t.Context(), llm.Prompt{Rules: "Answer.", MaxTokens: 10})
	var fault *llm.Error
	if !errors.As(err, &fault) || fault.Fault != llm.Busy || fault.RetryAfter != time.Second || len(s.Asked()) > 3 {
		t.Errorf("%v, asked %d times", err, len(s.Asked()))
	}
}

// The bounds are wide: they tell a wait that was cut short from one that was not.
func TestNobodyWaitsInVain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply         llmtest.Reply
		timeout, most time.Duration
		want          llm.Fault
	}{
		"for a slow service": {llmtest.Slow(time.Minute, llmtest.Answer("Yes.")), 300 * time.Millisecond,
			15 * time.Second, llm.Timeout},
		"for a try that comes too late": {llmtest.Slow(time.Second, llmtest.Fails(http.StatusTooManyRequests, "", "19.5")),
			20 * time.Second, 15 * time.Second, llm.Busy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := llmtest.Start(t, c.reply).LLM()
			settings.Timeout = c.timeout
			began := time.Now()
			_, err := llm.New(settings).Ask(t.Context(), llm.Prompt{Rules: "Answer.", MaxTokens: 10})
			var fault *llm.Error
			if took := time.Since(began); !errors.As(err, &fault) || fault.Fault != c.want || took > c.most {
				t.Errorf("%v after %s", err, took)
			}
		})
	}
}

func TestKeyAndPromptGoToNoOtherAddress(t *testing.T) {
	t.Parallel()
	elsewhere := llmtest.Start(t, llmtest.Answer("Yes."))
	for name, onText := range map[string]func(string){"whole": nil, "streamed": func(string) {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, _ llmtest.Asked) {
				http.Redirect(w, r, elsewhere.LLM().BaseURL+"/chat/completions", http.StatusTemporaryRedirect)
			})
			_, err := llm.New(s.LLM()).Ask(t.Context(), llm.Prompt{Rules: "Answer.", MaxTokens: 10, OnText: onText})
			var fault *llm.Error
			if !errors.As(err, &fault) || fault.Fault != llm.Unreachable || len(s.Asked()) != 1 || len(elsewhere.Asked()) != 0 {
				t.Errorf("%v, asked %d times, elsewhere %d times", err, len(s.Asked()), len(elsewhere.Asked()))
			}
		})
	}
}

func TestAStreamMayHoldWhatIsNoPart(t *testing.T) {
	t.Parallel()
	const (
		part = `data: {"choices":[{"index":0,"delta":{"content":"Yes."}}]}` + "\n\n"
		end  = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
		bad  = `"error":{"message":"secret words of the prompt","code":502}`
	)
	for name, c := range map[string]struct {
		stream string
		want   llm.Fault // none: the answer is whole
	}{
		"lines that keep it open":     {part + strings.Repeat(": wait\n\n", 1000) + end, ""},
		"an error":                    {part + "data: {" + bad + "}\n\n", llm.Busy},
		"a named error":               {part + "event: error\ndata: {" + bad + "}\n\n", llm.Busy},
		"an error after a comment":    {": wait\n\n" + part + "data: {" + bad + "}\n\n", llm.Busy},
		"an error beside other keys":  {part + `data: {"id":"1",` + bad + `,"choices":[]}` + "\n\n" + end, llm.Busy},
		"an error without a message":  {part + `data: {"error":"out of order"}` + "\n\n" + end, llm.Busy},
		"a part that is not JSON":     {part + "data: {\n\n" + end, llm.NotJSON},
		"a part that is another kind": {part + "data: []\n\n" + end, llm.NotJSON},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.Start(t, llmtest.Raw(http.StatusOK, "text/event-stream", c.stream))
			text, err := llm.New(s.LLM()).Ask(t.Context(), llm.Prompt{Rules: "Answer.", MaxTokens: 10, OnText: func(string) {}})
			var fault *llm.Error
			if c.want == "" && (text != "Yes." || err != nil) || c.want != "" &&
				(!errors.As(err, &fault) || fault.Fault != c.want) {
				t.Errorf("%q, %v", text, err)
			}
			if strings.Contains(fmt.Sprint(err), "secret") {
				t.Errorf("the error holds the service's words: %v", err)
			}
		})
	}
}

func TestWhatTheServiceSaysOfAnotherTryCounts(t *testing.T) {
	t.Parallel()
	refuses := func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		w.Header().Set("X-Should-Retry", "false")
		llmtest.Fails(http.StatusTooManyRequests, "insufficient_quota", "0")(w, r, a)
	}
	s := llmtest.Start(t, refuses)
	_, err := llm.New(s.LLM()).Ask(t.Context(), llm.Prompt{Rules: "Answer.", MaxTokens: 10})
	var fault *llm.Error
	if !errors.As(err, &fault) || fault.Fault != llm.Busy || fault.Code != "insufficient_quota" || len(s.Asked()) != 1 {
		t.Errorf("%v, asked %d times", err, len(s.Asked()))
	}
}

func TestAModelThatDoesNotChatIsRejected(t *testing.T) {
	t.Parallel()
	s := llmtest.Start(t, llmtest.Answer("Yes."))
	c := s.LLM()
	c.Model = "davinci"
	_, err := llm.New(c).Ask(t.Context(), llm.Prompt{Rules: "Answer.", MaxTokens: 10})
	var fault *llm.Error
	if !errors.As(err, &fault) || fault.Fault != llm.Rejected || len(s.Asked()) != 0 {
		t.Errorf("%v, asked %d times", err, len(s.Asked()))
	}
}
