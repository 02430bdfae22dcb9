package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

type readyCommand struct{}

// Run asks the console at [server] addr, as the health check of a container does.
func (readyCommand) Run(e *environment) error {
	host, port, err := net.SplitHostPort(e.Server.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(e, 4*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("nothing serves at %s: %w", e.Server.Addr, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("what serves at %s is not ready (%s)", e.Server.Addr, strings.ToLower(answer.Status))
	}
	fmt.Fprintln(e.out, "ready")
	return nil
}
