package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

const openFiles = "/proc/self/fd/"

// worksIn says whether pid is a living PostgreSQL whose working folder is data.
// Root in a container mostly may not look at the folder; then the name has to do,
// and the server lock tells the rest.
func worksIn(pid int, data *os.File) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // 1 (name) S …
	open, close := strings.IndexByte(string(stat), '('), strings.LastIndex(string(stat), ") ")
	if err != nil || open < 0 || close < open || !strings.Contains(string(stat[open:close]), "postgres") ||
		stat[close+2] == 'Z' {
		return false
	}
	there, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	if errors.Is(err, fs.ErrPermission) {
		return true
	}
	here, failed := data.Stat()
	return err == nil && failed == nil && os.SameFile(here, there)
}
