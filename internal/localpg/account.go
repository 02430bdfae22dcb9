//go:build unix

package localpg

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account says as whom PostgreSQL runs: nil as ourselves, unless we are root,
// as whom it refuses to run. Then it is the owner of the data, or of the folder
// where there is none yet, as a package makes it for a service; or else the first
// of names that exists. The account nobody won't do: other programs that run as
// nobody could open the socket.
func account(data string, names ...string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, path := range []string{data, filepath.Dir(data)} {
		if info, err := os.Stat(path); err == nil {
			if st := info.Sys().(*syscall.Stat_t); st.Uid != 0 {
				return &syscall.Credential{Uid: st.Uid, Gid: st.Gid}, nil
			}
		}
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			continue
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("PostgreSQL won’t run as root, and there is no account %s here to run it as. "+
		"Make one with `useradd --system %s`, or run personae as an ordinary user.", names[0], names[0])
}

// AsFolder hands a file that root made to the owner of its folder. To others it does nothing.
func AsFolder(name string) error {
	info, err := os.Stat(filepath.Dir(name))
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return os.Chown(name, int(owner.Uid), int(owner.Gid))
}

// give hands a folder that belongs to root, such as data which root has copied, to owner.
func give(dir string, owner *syscall.Credential) error {
	info, err := os.Lstat(dir)
	if err != nil || owner == nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	})
}
