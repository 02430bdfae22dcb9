package web

import "errors"

// idCoder writes a session's id into its cookie, and reads it, as encoding/gob does, by which
// older programs made theirs: that takes as long as a query.
type idCoder struct{}

var errNoID = errors.New("the cookie holds no id of a session")

// gobHead says how long what follows is, that it is a string, and how long that is.
func gobHead(id string) []byte { return []byte{byte(len(id) + 3), 12, 0, byte(len(id))} }

// Serialize writes an id, which has at most 124 characters.
func (idCoder) Serialize(id any) ([]byte, error) {
	text, is := id.(string)
	if !is || len(text) > 124 {
		return nil, errNoID
	}
	return append(gobHead(text), text...), nil
}

// Deserialize reads what Serialize wrote into a *string.
func (idCoder) Deserialize(src []byte, to any) error {
	id, is := to.(*string)
	if !is || len(src) < 4 {
		return errNoID
	}
	text := string(src[4:])
	if len(text) > 124 || string(gobHead(text)) != string(src[:4]) {
		return errNoID
	}
	*id = text
	return nil
}
