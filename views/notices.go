package views

import (
	"slices"
	"strconv"
)

// Notices is what the reader is told of by mail.
type Notices struct {
	Chosen []string // of webhook.Notices
	Member bool     // of the workspace, whom alone one tells
	Mail   bool     // there is a mail server
}

func (m Notices) ticked(event string) bool { return slices.Contains(m.Chosen, event) }

// noticeBox returns the id of the tick with this place in the form.
func noticeBox(i int) string { return "event-" + strconv.Itoa(i) }

// NoticesSaved says what comes by mail from now on.
func NoticesSaved(chosen []string) *Receipt {
	if len(chosen) == 0 {
		return &Receipt{Title: "You get no notices of this workspace"}
	}
	r := &Receipt{Title: "Your notices were saved"}
	for _, e := range chosen {
		r.Lines = append(r.Lines, eventWords(e)+".")
	}
	return r
}
