// Package llmtest serves the OpenAI chat completions protocol on loopback for
// tests, with every fault that a real service has.
package llmtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"personae/internal/config"
)

const key = "test-key"

// Asked is a request as the service got it.
type Asked struct {
	At           time.Time
	Model        string
	System, User string
	MaxTokens    int
	Stream       bool
	Schema       map[string]any // nil: text was asked for
	Strict       bool
}

// Key returns the key between whose lines the data stands.
func (a Asked) Key() string {
	first, _, _ := strings.Cut(a.User, "\n")
	return strings.TrimPrefix(first, "BEGIN ")
}

// Data returns the data, and fails where it does not stand alone between its lines.
func (a Asked) Data(t testing.TB) map[string]any {
	t.Helper()
	lines := strings.Split(a.User, "\n")
	var data map[string]any
	if len(lines) != 3 || lines[0] != "BEGIN "+a.Key() || lines[2] != "END "+a.Key() || len(a.Key()) < 26 ||
		strings.Contains(lines[1], a.Key()) ||
		json.Unmarshal([]byte(lines[1]), &data) != nil {
		t.Fatalf("the data is not kept apart:\n%s", a.User)
	}
	return data
}

// Reply answers one request.
type Reply func(http.ResponseWriter, *http.Request, Asked)

// Server is a model service that sends its replies in order; the last one
// answers all that follow.
type Server struct {
	url     string
	mu      sync.Mutex
	replies []Reply
	asked   []Asked
}

// Start returns a Server that runs until the test ends. A request that is none
// of the protocol, or comes without the key, fails the test.
func Start(t testing.TB, replies ...Reply) *Server {
	t.Helper()
	s := &Server{replies: replies}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := read(r)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return // who asked died in the middle of it
		}
		if err != nil {
			t.Errorf("a request to the model: %v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.next(a)(w, r, a)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/v1"
	return s
}

func (s *Server) next(a Asked) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply := s.replies[min(len(s.asked), len(s.replies)-1)]
	s.asked = append(s.asked, a)
	return reply
}

// LLM returns the settings by which this service is used.
func (s *Server) LLM() config.LLM {
	return config.LLM{BaseURL: s.url, APIKey: key, Model: "test-model", Timeout: 10 * time.Second}
}

// Asked returns the requests so far.
func (s *Server) Asked() []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Asked(nil), s.asked...)
}

func read(r *http.Request) (Asked, error) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" {
		return Asked{}, fmt.Errorf("%s %s is no chat completion", r.Method, r.URL.Path)
	}
	if got := r.Header.Get("Authorization"); got != "Bearer "+key {
		return Asked{}, fmt.Errorf("its authorization is %q", got)
	}
	for _, own := range []string{"OpenAI-Organization", "OpenAI-Project"} {
		if got := r.Header.Get(own); got != "" {
			return Asked{}, fmt.Errorf("it tells %s: %s", own, got)
		}
	}
	var body struct {
		Model    string
		Messages []struct{ Role, Content string }
		Stream   bool
		Tokens   int `json:"max_completion_tokens"`
		Format   struct {
			Type   string
			Schema struct {
				Name   string
				Strict bool
				Schema map[string]any
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return Asked{}, err
	}
	m := body.Messages
	if len(m) != 2 || m[0].Role != "system" || m[1].Role != "user" {
		return Asked{}, fmt.Errorf("it has %d messages, not one of the system and one of the user", len(m))
	}
	if body.Tokens <= 0 || body.Model == "" {
		return Asked{}, fmt.Errorf("model %q, at most %d tokens", body.Model, body.Tokens)
	}
	if (body.Format.Type == "json_schema") != (body.Format.Schema.Schema != nil && body.Format.Schema.Name != "") {
		return Asked{}, fmt.Errorf("its response format is %+v", body.Format)
	}
	return Asked{time.Now(), body.Model, m[0].Content, m[1].Content, body.Tokens, body.Stream, body.Format.Schema.Schema,
		body.Format.Schema.Strict}, nil
}

// Answer answers with text.
func Answer(text string) Reply { return Ended(text, "stop") }

// Ended answers with text that ended for the reason given: "length" where the
// model ran out of tokens, "content_filter" where a filter stopped it.
func Ended(text, reason string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, a Asked) {
		if !a.Stream {
			writeJSON(w, http.StatusOK, completion(map[string]any{"role": "assistant", "content": text}, reason))
			return
		}
		streamText(w, text)
		_ = event(w, map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": reason})
		_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
	}
}

// Refusal answers that the model will not.
func Refusal() Reply {
	return func(w http.ResponseWriter, _ *http.Request, a Asked) {
		if !a.Stream {
			writeJSON(w, http.StatusOK, completion(map[string]any{"role": "assistant", "content": nil, "refusal": "I can't."},
				"stop"))
			return
		}
		streaming(w)
		_ = event(w, map[string]any{"index": 0, "delta": map[string]any{"refusal": "I can't."}, "finish_reason": nil})
		_ = event(w, map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": "stop"})
	}
}

// Cut breaks the connection after text.
func Cut(text string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, a Asked) {
		if a.Stream {
			streamText(w, text)
		} else {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "10000")
			_, _ = fmt.Fprintf(w, `{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q`,
				text)
		}
		flush(w)
		panic(http.ErrAbortHandler)
	}
}

// Stops ends well-formed HTTP after text, in the middle of the protocol: a
// stream without its end, JSON without its braces.
func Stops(text string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, a Asked) {
		if a.Stream {
			streamText(w, text)
			return
		}
		Raw(http.StatusOK, "application/json", fmt.Sprintf(`{"choices":[{"index":0,"message":{"role":"assistant","content":%q`, text))(w, nil, a)
	}
}

// Slow waits before it lets then answer, or until the client has gone.
func Slow(wait time.Duration, then Reply) Reply {
	return func(w http.ResponseWriter, r *http.Request, a Asked) {
		select {
		case <-r.Context().Done():
		case <-time.After(wait):
			then(w, r, a)
		}
	}
}

// Stalls begins an answer with text and never ends it.
func Stalls(text string) Reply {
	return func(w http.ResponseWriter, r *http.Request, a Asked) {
		if a.Stream {
			streamText(w, text)
		} else {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"choices":[`)
			flush(w)
		}
		<-r.Context().Done()
	}
}

// Held streams first and, when release is closed, the rest; neither to a client
// that has gone.
func Held(first, rest string, release <-chan struct{}) Reply {
	return func(w http.ResponseWriter, r *http.Request, a Asked) {
		streamText(w, first)
		select {
		case <-r.Context().Done():
		case <-release:
			Answer(rest)(w, r, a)
		}
	}
}

// Fails answers with status and a code; retryAfter is a header, left out where
// it is empty.
func Fails(status int, code, retryAfter string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, _ Asked) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		writeJSON(w, status, map[string]any{"error": map[string]any{"message": "secret words of the prompt",
			"type": "test_error", "code": code, "param": nil}})
	}
}

// Raw answers with any body.
func Raw(status int, contentType, body string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, _ Asked) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

// Huge answers without end, until the client goes away.
func Huge() Reply {
	return func(w http.ResponseWriter, _ *http.Request, a Asked) {
		block := strings.Repeat("all work and no play ", 1000)
		if a.Stream {
			streaming(w)
			for event(w, map[string]any{"index": 0, "delta": map[string]any{"content": block}, "finish_reason": nil}) == nil {
				flush(w)
			}
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, err := fmt.Fprint(w, `{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"`)
		for err == nil {
			_, err = fmt.Fprint(w, block)
		}
	}
}

func completion(message map[string]any, reason string) map[string]any {
	return map[string]any{"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "test-model",
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": reason, "logprobs": nil}},
		"usage":   map[string]any{"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func streaming(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/event-stream") }

// streamText sends text in small parts, first the role as services do.
func streamText(w http.ResponseWriter, text string) {
	streaming(w)
	_ = event(w, map[string]any{"index": 0, "delta": map[string]any{"role": "assistant", "content": ""},
		"finish_reason": nil})
	runes := []rune(text)
	for len(runes) > 0 {
		n := min(3, len(runes))
		_ = event(w, map[string]any{"index": 0, "delta": map[string]any{"content": string(runes[:n])}, "finish_reason": nil})
		runes = runes[n:]
	}
	flush(w)
}

func event(w http.ResponseWriter, choice map[string]any) error {
	data, err := json.Marshal(map[string]any{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
		"model": "test-model", "choices": []any{choice}})
	if err == nil {
		_, err = fmt.Fprintf(w, "data: %s\n\n", data)
	}
	return err
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// StreamError begins an answer with text and then streams an error.
func StreamError(text string) Reply {
	return func(w http.ResponseWriter, _ *http.Request, _ Asked) {
		streamText(w, text)
		_, _ = fmt.Fprint(w, "data: {\"error\":{\"message\":\"secret words of the prompt\",\"type\":\"server_error\"}}\n\n")
	}
}
