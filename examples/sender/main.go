// Sender mails what people approved in personae, one draft at a time, and says what became of each: docs/senders.md.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"net/smtp"
	"os"
	"time"
)

func main() {
	wake := make(chan bool, 99)
	hear := func(_ http.ResponseWriter, r *http.Request) { // what is sent a second time only has us look once more
		mac := hmac.New(sha256.New, []byte(os.Getenv("PERSONAE_WEBHOOK_SECRET")))
		fmt.Fprintf(mac, "%s.", r.Header.Get("X-Personae-Timestamp"))
		_, _ = io.Copy(mac, http.MaxBytesReader(nil, r.Body, 1<<16))
		if hmac.Equal(fmt.Appendf(nil, "sha256=%x", mac.Sum(nil)), []byte(r.Header.Get("X-Personae-Signature"))) {
			wake <- true
		}
	}
	go func() { log.Fatal(http.ListenAndServe(os.Getenv("SENDER_ADDR"), http.HandlerFunc(hear))) }()
	for after := "0"; ; {
		var drafts []struct {
			ID, Cursor, Channel, Body, TakenAt string
			TakenByYou                         bool
			To, Message                        struct{ Email, ExternalID, Subject string }
		}
		if err := ask("GET", "?state=approved&after="+after, nil, &drafts); err != nil || len(drafts) == 0 {
			timer := time.AfterFunc(30*time.Second, func() { wake <- true })
			log.Print("nothing to send ", err, <-wake, timer.Stop())
		}
		for _, d := range drafts {
			after = d.Cursor
			id, err := "<"+d.ID+"@sender>", errors.New("the sender stopped while it had this: it may have been sent")
			if !d.TakenByYou { // else we had it when we died
				if d.TakenAt != "" || d.Channel != "email" || ask("POST", "/"+d.ID+"/take", nil, nil) != nil {
					continue // it is not ours to send
				}
				err = mail(d.To.Email, id, "Re: "+d.Message.Subject, d.Message.ExternalID, d.Body)
			}
			result, said := "/sent", map[string]string{"externalId": id}
			if err != nil {
				result, said = "/failed", map[string]string{"reason": err.Error()}
			}
			log.Print(d.ID, result, " ", ask("POST", "/"+d.ID+result, said, nil))
		}
	}
}

func mail(to, id, subject, answers, text string) error {
	return smtp.SendMail(os.Getenv("SMTP_ADDR"), nil, os.Getenv("MAIL_FROM"), []string{to}, fmt.Appendf(nil,
		"From: %s\nTo: %s\nSubject: %s\nMessage-ID: %s\nIn-Reply-To: %s\nContent-Type: text/plain; charset=utf-8\n\n%s\n",
		os.Getenv("MAIL_FROM"), to, mime.QEncoding.Encode("utf-8", subject), id, answers, text))
}

// ask asks until it is answered, under one name, so that nothing is done twice.
func ask(method, path string, body map[string]string, data any) error {
	for name := time.Now().Format(time.RFC3339Nano); ; time.Sleep(time.Second) {
		var text bytes.Buffer
		if body != nil {
			_ = json.NewEncoder(&text).Encode(body)
		}
		request, _ := http.NewRequest(method, os.Getenv("PERSONAE_URL")+"/drafts"+path, &text) //nolint:noctx // until it is answered
		request.Header = http.Header{"Authorization": {"Bearer " + os.Getenv("PERSONAE_TOKEN")},
			"Content-Type": {"application/json"}, "Idempotency-Key": {name}}
		if answer, err := http.DefaultClient.Do(request); err == nil && answer.StatusCode < 500 {
			defer answer.Body.Close()
			if answer.StatusCode > 299 {
				return fmt.Errorf("%s %s: %s", method, path, answer.Status)
			}
			return json.NewDecoder(answer.Body).Decode(&struct{ Data any }{data})
		}
	}
}
