//go:build unix && !linux

package localpg

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
)

const openFiles = "" // a folder can't be entered through an open file here

// worksIn says whether pid is a living PostgreSQL. That its folder is data is
// known from the server lock, which no other can hold.
func worksIn(pid int, _ *os.File) bool {
	out, err := exec.Command("ps", "-o", "stat=,comm=", "-p", strconv.Itoa(pid)).Output()
	state := strings.TrimSpace(string(out))
	return err == nil && !strings.HasPrefix(state, "Z") && strings.Contains(state, "postgres")
}
