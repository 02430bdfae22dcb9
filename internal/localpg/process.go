//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// openFiles is where a folder can be entered through an open file; empty: nowhere.
var openFiles = map[string]string{"linux": "/proc/self/fd/"}[runtime.GOOS]

// worksIn reports whether pid is a living PostgreSQL whose working folder is data. Other systems than
// Linux do not tell the folder: the server lock, which no other can hold, does.
func worksIn(pid int, data *os.File) bool {
	if runtime.GOOS == "linux" {
		return worksInOnLinux(pid, data)
	}
	out, err := exec.CommandContext(context.Background(), "ps", "-o", "stat=,comm=", "-p", strconv.Itoa(pid)).Output()
	state := strings.TrimSpace(string(out))
	return err == nil && !strings.HasPrefix(state, "Z") && strings.Contains(state, "postgres")
}

// worksInOnLinux is worksIn there. Root in a container mostly may not look at the folder; then
// the name has to do.
func worksInOnLinux(pid int, data *os.File) bool {
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
