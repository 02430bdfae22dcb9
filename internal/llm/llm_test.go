package llm_test

import (
	"errors"
	"net/http"
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
	if !errors.As(err, &fault) || fault.Fault != llm.Busy || fault.RetryAfter < 59*time.Minute-30*time.Second || fault.RetryAfter > time.Hour || len(s.Asked()) != 1 {
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
		"for a slow service":            {llmtest.Slow(time.Minute, llmtest.Answer("Yes.")), 300 * time.Millisecond, 15 * time.Second, llm.Timeout},
		"for a try that comes too late": {llmtest.Slow(time.Second, llmtest.Fails(http.StatusTooManyRequests, "", "19.5")), 20 * time.Second, 15 * time.Second, llm.Busy},
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
