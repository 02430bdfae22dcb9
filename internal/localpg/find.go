package localpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

const (
	leastMajor = 15
	elsewhere  = "or set PERSONAE_DATABASE_URL to a PostgreSQL that runs elsewhere"
)

type installation struct {
	dir   string
	major int
}

// places lists the folders that may hold PostgreSQL's binaries, $PATH first.
func places(path string) []string {
	dirs := filepath.SplitList(path)
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
		"/usr/pgsql-*/bin",          // PostgreSQL's own packages for Red Hat
		"/usr/bin",                  // Red Hat, Fedora, Arch
		"/usr/libexec/postgresql*",  // Alpine
		"/usr/lib/postgresql*/bin",  // SUSE, older Alpine
		"/usr/local/bin",            // FreeBSD, built from source
		"/usr/local/pgsql/bin",      // built from source
		"/opt/homebrew/opt/postgresql@*/bin",
		"/opt/homebrew/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		found, _ := filepath.Glob(pattern) // fails for a malformed pattern only
		dirs = append(dirs, found...)
	}
	return dirs
}

// find returns the newest PostgreSQL in dirs, the first of equals, or if want
// isn't 0 the one of that major version. It fails with the rest of a
// sentence, which says what to install.
func find(ctx context.Context, dirs []string, want int) (installation, error) {
	var best, other installation
	for _, dir := range dirs {
		major := majorIn(ctx, dir)
		if major > other.major {
			other = installation{dir, major}
		}
		if major >= leastMajor && (want == 0 || major == want) && major > best.major {
			best = installation{dir, major}
		}
	}
	release, _ := os.ReadFile("/etc/os-release") // absent: the general advice
	install := fmt.Sprintf("Install PostgreSQL %d or newer with %s", leastMajor,
		installCommand(runtime.GOOS, string(release)))
	switch {
	case best.major != 0:
		return best, nil
	case other.major == 0:
		return best, fmt.Errorf("no PostgreSQL is installed here. %s, %s.", install, elsewhere)
	case want == 0:
		return best, fmt.Errorf("only PostgreSQL %d was found here (%s), which is too old. %s, %s.", other.major, other.dir,
			install, elsewhere)
	case want < leastMajor:
		return best, fmt.Errorf("its data were made by PostgreSQL %d, and personae needs %d or newer; "+
			"found PostgreSQL %d (%s). Dump it with PostgreSQL %d and load it into a new folder, "+
			"or choose another folder with PERSONAE_DATABASE_DATA_DIR.", want, leastMajor, other.major, other.dir, want)
	default:
		return best, fmt.Errorf("its data were made by PostgreSQL %d; found PostgreSQL %d (%s). "+
			"Install PostgreSQL %d beside it, and personae upgrade-database brings them into the newer one; "+
			"or choose another folder with PERSONAE_DATABASE_DATA_DIR.", want, other.major, other.dir, want)
	}
}

// Client returns the path of a client program of PostgreSQL, such as pg_dump, for a
// server of the given major version: of the same one if it is installed, else of the
// next newer one. It fails, saying what to install, where there is none.
func Client(ctx context.Context, program string, server int) (string, error) {
	var best, newest installation
	for _, dir := range places(os.Getenv("PATH")) {
		major := versionOf(ctx, filepath.Join(dir, program))
		if major > newest.major {
			newest = installation{dir, major}
		}
		if major >= server && (best.major == 0 || major < best.major) {
			best = installation{dir, major}
		}
	}
	if best.major != 0 {
		return filepath.Join(best.dir, program), nil
	}
	found := "there is none here"
	if newest.major != 0 {
		found = fmt.Sprintf("here is only PostgreSQL %d (%s)", newest.major, newest.dir)
	}
	return "", fmt.Errorf("%s of PostgreSQL %d or newer is needed, and %s; install that version’s client programs",
		program, server, found)
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorIn returns the major version of the binaries in dir, 0 if they aren't there or don't run.
func majorIn(ctx context.Context, dir string) int {
	if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	return versionOf(ctx, filepath.Join(dir, "postgres"))
}

// versionOf returns the major version of a program of PostgreSQL, 0 if it is not there
// or does not run.
func versionOf(ctx context.Context, program string) int {
	if !filepath.IsAbs(program) {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "--version")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	match := versionLine.FindSubmatch(out)
	if err != nil || match == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(match[1]))
	return major
}

// installCommand says how this platform installs PostgreSQL; release is what
// /etc/os-release holds.
func installCommand(goos, release string) string {
	if goos == "darwin" {
		return "`brew install postgresql@17`"
	}
	var names []string // ID comes first: it says more than what the system is like
	for _, key := range []string{"ID=", "ID_LIKE="} {
		for line := range strings.Lines(release) {
			if value, ok := strings.CutPrefix(line, key); ok {
				names = append(names, strings.Fields(strings.Trim(strings.TrimSpace(value), `"'`))...)
			}
		}
	}
	for _, name := range names {
		switch name {
		case "debian", "ubuntu":
			return "`apt-get install postgresql`"
		case "fedora", "rhel", "centos":
			return "`dnf install postgresql-server`"
		case "alpine":
			return "`apk add postgresql`"
		case "arch":
			return "`pacman -S postgresql`"
		case "suse", "opensuse":
			return "`zypper install postgresql-server`"
		}
	}
	return "your system’s package manager"
}
