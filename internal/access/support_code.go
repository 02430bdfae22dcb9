package access

import "strings"

// codeLength is how many symbols a support code has.
const codeLength = 8

// SayCode returns a support code as it is shown and said, in two groups of four.
func SayCode(code string) string {
	if len(code) != codeLength {
		return code
	}
	return code[:codeLength/2] + "-" + code[codeLength/2:]
}

// ReadCode returns the support code that somebody typed, and whether it is one. Case,
// spaces and dashes do not matter. A symbol that no code has is taken for the one that it
// looks like.
func ReadCode(typed string) (code string, ok bool) {
	const symbols = "23456789CDFHJKMNPQRTVWXY"
	alike := strings.NewReplacer(" ", "", "\u00a0", "", "-", "", "–", "", "—", "", "_", "", ".", "",
		"O", "Q", "0", "Q", "1", "7", "I", "7", "L", "7", "B", "8", "G", "6", "S", "5", "Z", "2", "U", "V")
	code = alike.Replace(strings.ToUpper(typed))
	if len(code) != codeLength || strings.Trim(code, symbols) != "" {
		return "", false
	}
	return code, true
}
