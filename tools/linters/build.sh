#!/usr/bin/env bash
# Builds golangci-lint with no linters but those that .golangci.yml names: compiling all that
# it has took 240 s of processor time, and this takes 144. Takes its module with the version.
set -euo pipefail
cd "$(dirname "$0")/../.."
module=$1 root=$PWD

# Those that it runs by itself, and what stands under linters.enable.
names="errcheck govet ineffassign staticcheck unused $(sed -n '/^  enable:/,/^  settings:/s/^    - //p' .golangci.yml | xargs)"

source=$(go mod download -json "$module" | sed -n 's/^[[:blank:]]*"Dir": "\(.*\)",$/\1/p')
copy=$root/bin/.linters # always there, so that Go's cache knows it again; Go leaves such a folder out of ./...
rm -rf "$copy"
trap 'rm -rf "$copy"' EXIT
mkdir -p bin
cp -r "$source" "$copy"
chmod -R u+w "$copy"

# Each linter is a line of the imports, and one block of a list, which a blank line ends.
list=$copy/pkg/lint/lintersdb/builder_linter.go
awk -v names="$names" '
	BEGIN { split(names, n, " "); for (i in n) wanted[n[i]] = 1; wanted["golinters"] = 1 }
	match($0, /\/pkg\/golinters\/[a-z0-9]+"$/) { if (!(substr($0, RSTART + 15, RLENGTH - 16) in wanted)) next }
	match($0, /^\t\tlinter\.NewConfig\([a-z0-9]+\./) { left_out = !(substr($0, RSTART + 19, RLENGTH - 20) in wanted) }
	/^$|^\t}, nil$/ { if (left_out) { left_out = 0; if ($0 == "") next } }
	!left_out { print }
	/placeholderReplacer :=/ { print "\t_ = placeholderReplacer" }' "$list" >"$list.new"
mv "$list.new" "$list"

cd "$copy"
go build -buildvcs=false -ldflags '-s -w' -o "$root/bin/golangci-lint" ./cmd/golangci-lint
