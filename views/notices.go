package views

import (
	"context"
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
func NoticesSaved(ctx context.Context, chosen []string) *Receipt {
	if len(chosen) == 0 {
		return &Receipt{Title: tr(ctx, "You get no notices of this workspace")}
	}
	r := &Receipt{Title: tr(ctx, "Your notices were saved")}
	for _, e := range chosen {
		r.Lines = append(r.Lines, tr(ctx, "%s.", eventWords(ctx, e)))
	}
	return r
}
