// Sender mails what people approved in personae, one draft at a time, and says what became of each: docs/senders.md.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"mime"
	"net/http"
	"net/smtp"
	"os"
	"strings"
	"time"
)

func main() {
	wake := time.NewTimer(0) // a webhook only has us look at once: whoever it is, nothing that it says is believed
	hear := func(http.ResponseWriter, *http.Request) { wake.Reset(0) }
	go func() { log.Fatal(http.ListenAndServe(os.Getenv("SENDER_ADDR"), http.HandlerFunc(hear))) }()
	for after := "0"; ; <-wake.C {
		wake.Reset(30 * time.Second)
		var drafts []struct {
			ID, Cursor, Channel, Body string
			TakenByYou                bool
			To, Message               struct{ Email, ExternalID, Subject string }
		}
		ask("GET", "?state=approved&after="+after, "", &drafts)
		for _, d := range drafts {
			after, _ = d.Cursor, wake.Reset(0) // there may be more
			id, err := "<"+d.ID+"@sender>", fmt.Errorf("the sender stopped with draft %s: it may have been sent", d.ID)
			if !d.TakenByYou { // else we had it when we died
				if d.Channel != "email" || !ask("POST", "/"+d.ID+"/take", "", nil) {
					continue // it is not ours to send
				}
				err = smtp.SendMail(os.Getenv("SMTP_ADDR"), nil, os.Getenv("MAIL_FROM"), []string{d.To.Email}, fmt.Appendf(nil,
					"From: %s\nTo: %s\nSubject: %s\nMessage-ID: %s\nIn-Reply-To: %s\nContent-Type: text/plain; charset=utf-8\n\n%s\n",
					os.Getenv("MAIL_FROM"), d.To.Email, mime.QEncoding.Encode("utf-8", "Re: "+d.Message.Subject), id, d.Message.ExternalID, d.Body))
			}
			result, said := "/sent", map[string]string{"externalId": id}
			if err != nil {
				result, said = "/failed", map[string]string{"reason": err.Error()}
			}
			text, _ := json.Marshal(said)
			ask("POST", "/"+d.ID+result, string(text), nil)
		}
	}
}

// ask asks until it is answered, under one name so that it is done once, and reports whether it was granted.
func ask(method, path, body string, data any) bool {
	for name := time.Now().Format(time.RFC3339Nano); ; time.Sleep(time.Second) {
		request, _ := http.NewRequest(method, os.Getenv("PERSONAE_URL")+"/drafts"+path, strings.NewReader(body)) //nolint:noctx // until it is answered
		request.Header = http.Header{"Authorization": {"Bearer " + os.Getenv("PERSONAE_TOKEN")}, "Idempotency-Key": {name}, "Content-Type": {"application/json"}}
		if answer, err := http.DefaultClient.Do(request); err == nil && answer.StatusCode < http.StatusTooManyRequests {
			defer answer.Body.Close()
			log.Print(method, " ", path, " ", answer.Status)
			return answer.StatusCode < 300 && json.NewDecoder(answer.Body).Decode(&struct{ Data any }{data}) == nil
		}
	}
}
