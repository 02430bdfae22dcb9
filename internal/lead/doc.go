// Package lead holds the people who write to a workspace: their messages, the
// drafts that answer them and how they score.
package lead
