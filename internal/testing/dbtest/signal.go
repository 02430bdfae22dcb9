package dbtest

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// SignalAll sends a signal to a process and, where Linux tells which they are, its children.
func SignalAll(pid int, sig syscall.Signal) {
	id := strconv.Itoa(pid)
	children, _ := os.ReadFile("/proc/" + id + "/task/" + id + "/children")
	for _, each := range append([]string{id}, strings.Fields(string(children))...) {
		if n, err := strconv.Atoi(each); err == nil {
			_ = syscall.Kill(n, sig) // one that is gone is no trouble
		}
	}
}
