//go:build unix

package localpg

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// mostSocketPath is what the strictest of our systems (macOS) has room for; Linux has 107.
const mostSocketPath = 103

// shortcut names a symbolic link to data for when the socket's path in it can't
// be used: it is too long, or has a comma, which separates hosts. Only those who
// connect need it, as PostgreSQL makes its socket in its working folder.
func shortcut(data, temp string) string {
	socket := "/.s.PGSQL." + port
	if len(data+socket) <= mostSocketPath && !strings.Contains(data, ",") {
		return ""
	}
	sum := fnv.New64a()
	fmt.Fprint(sum, os.Geteuid(), data)
	name := fmt.Sprintf("personae-%016x", sum.Sum64())
	if link := filepath.Join(temp, name); len(link+socket) <= mostSocketPath && !strings.Contains(link, ",") {
		return link
	}
	return filepath.Join("/tmp", name)
}

// shorten makes the short way to the socket, if one is needed. A link of
// somebody else's is refused, because it might lead to a server of theirs.
func (s *Server) shorten() error {
	if s.link == "" {
		return nil
	}
	for range 2 { // once more if another process of ours has just made it
		info, err := os.Lstat(s.link)
		if err != nil {
			if err = os.Symlink(s.path(""), s.link); err == nil {
				return nil
			}
			continue
		}
		target, err := os.Readlink(s.link)
		if err == nil && target == s.path("") && int(info.Sys().(*syscall.Stat_t).Uid) == os.Geteuid() {
			return nil
		}
	}
	return fmt.Errorf("The path of %s is too long for a socket, and the short way to it, %s, "+
		"can’t be made or belongs to somebody else. "+
		"Remove that, or choose a shorter folder with PERSONAE_DATABASE_DATA_DIR.", s.dir, s.link)
}
